#pragma once
// The host that the agent shows, put together of drivers that are chosen one by one: which drives its machines, which
// its volumes and its networks, and which tells of the host itself. No libvirt and no OCCI here; README.md says how
// to write a driver.
//
// What holds for every verb of every driver: it may block (it talks to a hypervisor or a disk) and may be called from
// any thread, several at once. It throws Error: not_found when the id is unknown, conflict when its state does not
// admit the verb, unavailable when the hypervisor cannot be reached, busy when it takes no more of that kind now,
// timeout when it has taken the call and does not come back within the driver's deadline: then the outcome is unknown,
// and the caller looks again later. "Idempotent" means that a second call succeeds and changes nothing.

#include "drivers/contract/compute.hh"
#include "drivers/contract/facts.hh"
#include "drivers/contract/hypervisor.hh"
#include "drivers/contract/network.hh"
#include "drivers/contract/notes.hh"
#include "drivers/contract/storage.hh"

#include <memory>
#include <utility>

namespace hv {

// One object may be several of its drivers, and one driver may be in several hosts.
class Host {
public:
    struct Drivers {
        std::shared_ptr<Compute> compute;
        std::shared_ptr<Storage> storage;
        std::shared_ptr<Network> network;
        std::shared_ptr<Notes> notes;
        std::shared_ptr<HostFacts> facts;
        std::shared_ptr<Hypervisor> hypervisor;
    };
    explicit Host(Drivers chosen) : drivers_(std::move(chosen)) {}

    Compute& compute() const noexcept { return *drivers_.compute; }
    Storage& storage() const noexcept { return *drivers_.storage; }
    Network& network() const noexcept { return *drivers_.network; }
    Notes& notes() const noexcept { return *drivers_.notes; }
    HostFacts& facts() const noexcept { return *drivers_.facts; }
    Hypervisor& hypervisor() const noexcept { return *drivers_.hypervisor; }

private:
    Drivers drivers_;
};

} // namespace hv
