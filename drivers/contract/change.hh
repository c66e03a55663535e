#pragma once
// What a driver tells of its own accord.
//
// Threads: Change is a value; which threads may call a Listener stands with it.

#include "drivers/contract/machine.hh"

#include <optional>
#include <string>

namespace hv {

// Something happened to a thing: where to look, and, when the hypervisor says so, what it was.
struct Change {
    enum class Subject { machine, volume, network } subject = Subject::machine;
    Uuid id;
    // One of "defined", "undefined", "started", "suspended", "resumed", "stopped", "crashed", "rebooted", "disk error",
    // "device added", "device removed", "device kept" (the guest did not let go), "stuck", "reacting", or another word
    // of the hypervisor that is for the log only.
    std::string what;
    std::string detail; // why, or which: "shut down by the guest", "vdb: no space left on the device"
    std::optional<MachineState> state{}; // of a machine: what it is in since then
};

// Called on the driver's own thread, which must not be held up: queue and return. Must not throw.
class Listener {
public:
    virtual ~Listener() = default;
    virtual void changed(const Change&) noexcept = 0;
    // found: the hypervisor answers (again), and everything may have changed meanwhile. lost: it does not; `why` says
    // so.
    virtual void found() noexcept = 0;
    virtual void lost(const std::string& why) noexcept = 0;
};

} // namespace hv
