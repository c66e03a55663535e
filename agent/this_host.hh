#pragma once
// The host that this agent shows: which drivers it is put together of is said here and nowhere else.
//
// Threads: any.

#include "drivers/contract/host.hh"
#include "drivers/libvirt/options.hh"

#include <memory>

// Machines, volumes and networks by libvirt. Throws as hv::libvirt::make_drivers.
std::unique_ptr<hv::Host> make_host(const hv::libvirt::Options&);
