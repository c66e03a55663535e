#pragma once
// What the verbs ask of a domain again and again, with libvirt's failures as errors that begin with `doing`.
//
// Threads: any; each blocks as its call of libvirt does.

#include "drivers/libvirt/error.hh"

#include <libvirt/libvirt.h>

#include <string>

namespace hv::libvirt {

void check(int result, const std::string& doing); // below 0: throws
bool is_active(virDomainPtr, const std::string& doing);
std::string document_of(virDomainPtr, unsigned flags, const std::string& doing); // domain XML

} // namespace hv::libvirt
