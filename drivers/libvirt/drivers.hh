#pragma once
// libvirt as three drivers over one connection: machines, networks, and volumes that libvirt shows as its storage pool
// "occi". Each can be used without the others. Reconnects by itself; verbs throw Error{unavailable} meanwhile.
//
// Threads: any; see drivers/contract/host.hh.

#include "drivers/contract/compute.hh"
#include "drivers/contract/hypervisor.hh"
#include "drivers/contract/network.hh"
#include "drivers/contract/storage.hh"
#include "drivers/libvirt/options.hh"

#include <memory>

namespace hv::libvirt {

// What each of them tells, it tells by this one; each goes with it.
class Drivers : public Hypervisor {
public:
    virtual Compute& compute() = 0;
    virtual Storage& storage() = 0;
    virtual Network& network() = 0;
};

// Returns at once when libvirt does not answer yet. Throws Error{invalid} when an option cannot be met (type=kvm on a
// host without it) and libvirt answered.
std::unique_ptr<Drivers> make_drivers(const Options&);

} // namespace hv::libvirt
