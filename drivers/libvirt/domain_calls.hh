#pragma once
// What the verbs ask of a domain again and again, with libvirt's failures as errors that begin with `doing`.
//
// Threads: any; each blocks as its call of libvirt does.

#include "drivers/libvirt/error.hh"

#include <libvirt/libvirt.h>

#include <cstdint>
#include <string>

namespace hv::libvirt {

void check(int result, const std::string& doing); // below 0: throws
bool is_active(virDomainPtr, const std::string& doing);
std::string document_of(virDomainPtr, unsigned flags, const std::string& doing); // domain XML
// Of one that runs, the disk at that target; unless it is that large already. It is when this returns.
void grow_block_device(virDomainPtr, const std::string& target, std::uint64_t bytes,
                       const std::string& doing);

} // namespace hv::libvirt
