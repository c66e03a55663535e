#pragma once
// OCCI computes as machines of the hypervisor: create in the background, show from the snapshot, start, stop, suspend,
// restart, remove. Machines that others made are shown and never changed.
//
// Threads: any; it has no lock of its own. Reads look at the snapshot only; changes are operations on the machine's own
// queue. What changes a record after a look at it does both in one turn of the store (state::Inventory::in_turn), so
// that no mark is lost between them: neither that a compute is leaving, nor what a change has made of it.

#include "agent/service/compute/contextualization.hh"
#include "agent/service/compute/device_plan.hh"
#include "agent/service/context.hh"
#include "agent/service/network/networks.hh"
#include "agent/service/storage/storages.hh"
#include "agent/service/terms.hh"

#include <optional>
#include <string>
#include <vector>

namespace service {

struct DeviceChange;

class Computes {
public:
    Computes(Context& context, const Networks& networks, Storages& storages)
        : context_(context), networks_(networks), storages_(storages) {}

    std::vector<std::string> list(const auth::Principal&) const;
    occi::Resource show(const Uuid&, const auth::Principal&) const; // Error{not_found}

    // Answers when the plan is journalled; the machine is built and started afterwards and shown as pending until then.
    // What fails then is shown as failed, with the reason, and nothing of it is left. `wanted_id`: the client's own
    // choice; Error{precondition} when there is one.
    Made create(const occi::Resource&, bool with_default_network, const Terms&, const Uuid& wanted_id = {});

    // What is asked of one that is still being made waits for that in the queue of its operations, and is worked out
    // from what it is being made as; when the making fails, so does that.

    // Begins an action. Error{conflict}: not in this state, or nothing would come of it; Error{forbidden}: not our
    // machine; Error{busy}: it does not react, or too much is under way on it.
    std::optional<state::Operation> invoke(const Uuid&, const occi::Invocation&, const Terms&);
    // Why its state as it is shown does not admit that; empty: it does, or something is under way that may change it.
    std::string why_not(const Uuid&, const occi::Invocation&) const;

    // Makes it what `wanted` says (wish.hh); nullopt when it is so already. What cannot be had while it runs waits for
    // its next start, and is shown with that in the message. Error{invalid}: a value or a size; Error{forbidden}: user
    // data; Error{conflict}: not while it runs, or is saved; the rest as for invoke.
    std::optional<state::Operation> update(const Uuid&, const occi::Resource& wanted, const Terms&);

    // Makes a storage of what the compute boots from: as it is now (hot), or as it is when the compute is off next
    // (deferred). Error{conflict, busy}: not now.
    Made save(const Uuid&, const occi::Invocation&, const Terms&);

    // What plugs in disks that are in `wanted` and not there, and pulls out those that are there and not in `wanted`:
    // worked out, and begun by change_disks(). Error{forbidden}: the first disk, from which it boots; the rest as for
    // create and invoke.
    PlannedChange plan_disks(const Uuid&, const std::vector<occi::Link>& wanted,
                             const auth::Principal&) const;
    // nullopt when there is no difference.
    std::optional<state::Operation> change_disks(const Uuid&, const PlannedChange&, const Terms&);

    // What plugs in a disk or a NIC, as the kind of the link says, now and for later starts: worked out, and begun by
    // attach(). Error{invalid, forbidden, conflict, busy} as above.
    PlannedChange plan_link(const Uuid&, const occi::Link&, const auth::Principal&) const;
    Made attach(const Uuid&, const PlannedChange&, const Terms&); // the id of the link
    // Pulls out the one with that id among those that are shown as of that kind. When the guest does not let go, the
    // operation fails with Error{conflict} and it stays. Error{not_found}; Error{forbidden}: the first disk, and what
    // others have plugged in.
    state::Operation detach(const Uuid&, const occi::Kind&, const Uuid& link, const Terms&);

    // Calls a disk or a NIC so; nullopt when it is called that already. An empty title: it has none any more. Errors as
    // for detach, but for the first disk.
    std::optional<state::Operation> entitle(const Uuid&, const occi::Kind&, const Uuid& link,
                                            const std::string& title, const Terms&);

    // Whether it is one of a compute of ours. Throws what detach() would throw. Changes nothing.
    bool may_detach(const Uuid&, const occi::Kind&, const Uuid& link, const auth::Principal&) const;

    // Whether this agent made it. Error{not_found}. Changes nothing.
    bool may_remove(const Uuid&, const auth::Principal&) const;
    // Forces it off whatever its state, or cancels its creation, and removes it with its volumes.
    state::Operation remove(const Uuid&, const Terms&);

    std::vector<state::OperationKind> kinds();

    // Machines with our mark and without a record get one, when all that they have is theirs alone: when the store is
    // new, and before anything else is done.
    void adopt();

    // After the journal has been taken up: removes what a record is left of and no operation.
    void resume(const state::Snapshot& at_start);

private:
    // Error{forbidden}: it is only shown.
    static void require_own(const state::Snapshot&, const Uuid&, const auth::Principal&);
    // As it is, or is to be when its making has ended. Throws what keeps it from being changed.
    hv::Machine changeable_machine(const Uuid&, const auth::Principal&) const;
    hv::Machine reacting_machine(const Uuid&, const auth::Principal&) const;
    state::Operation submit_change(const Uuid&, const DeviceChange&, const Terms&);
    void ended_creation(const state::Operation&);
    void record_creation(const state::Operation&);
    void ended_removal(const state::Operation&);
    void ended_change(const state::Operation&);
    state::Work device_change(const state::Operation&);
    void keep_record(const state::Operation&);
    Secrets secrets_of(const Uuid&) const;
    void give_secrets(const Uuid&, Secrets);
    bool record_secrets(const Uuid&);
    void move_secrets();
    void refuse_in_other_hands(const Uuid&) const;
    bool is_to_return(const Uuid&, const occi::Invocation&, const Terms&) const;
    state::Operation begin_removal(const state::ComputeRecord& leaving,
                                   const std::optional<state::ComputeRecord>& before, const Terms&);

    Context& context_;
    const Networks& networks_;
    Storages& storages_;
};

} // namespace service
