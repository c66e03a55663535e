#pragma once
// OCCI computes as machines of the hypervisor: create in the background, show from the snapshot, start, stop, suspend, restart,
// remove. Machines that others made are shown and never changed.
//
// Threads: any. Reads look at the snapshot only; changes are put on the machine's own queue (state::Operations).

#include "agent/auth/principal.hh"
#include "agent/service/networks.hh"
#include "agent/service/node.hh"

#include <chrono>
#include <string>
#include <vector>

namespace service {

class Computes {
public:
    Computes(Node& node, const Networks& networks) : node_(node), networks_(networks) {}

    std::vector<std::string> list(const auth::Principal&) const;
    occi::Resource show(const Uuid&, const auth::Principal&) const; // Error{not_found}

    // Answers when the plan is recorded; the machine is built and started afterwards and shown as pending until then. What
    // fails then is shown as failed, with the reason, and nothing of it is left.
    Uuid create(const occi::Resource&, bool with_default_network, const auth::Principal&);

    // Begins an action. Whether there was anything to do. Error{conflict}: not in this state; Error{forbidden}: not our machine.
    bool invoke(const Uuid&, const occi::Invocation&, const auth::Principal&);

    // A new title; whether it differs.
    bool retitle(const Uuid&, const std::string& title, const auth::Principal&);

    // Forces it off whatever its state, or cancels its creation, and removes it with its volumes. Whether it is gone when
    // `patience` is over; if not, its removal goes on and it is shown as being deleted.
    bool remove(const Uuid&, const auth::Principal&, std::chrono::milliseconds patience);

    // Takes up what an earlier run of the agent left in the records of `at_start`: removals go on, what was being built is taken back and shown as failed.
    void resume(const state::Snapshot& at_start);

private:
    hv::Machine ready_machine(const Uuid&, const auth::Principal&) const;
    void build_in_background(const state::ComputeRecord&, std::vector<Uuid> images);
    void take_back(state::ComputeRecord, const std::string& why, std::stop_token);
    void begin_removal(const state::ComputeRecord&);
    void begin(const Uuid&, const std::string& what, std::function<void(std::stop_token)> verb);

    Node& node_;
    const Networks& networks_;
};

} // namespace service
