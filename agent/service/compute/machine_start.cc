#include "agent/service/compute/machine_start.hh"

#include "agent/base/error.hh"
#include "agent/service/compute/compute_view.hh"
#include "agent/service/effect.hh"
#include "agent/service/users.hh"

#include <set>

namespace service {
namespace {

std::set<Uuid> networks_of(const state::Snapshot& seen, const Uuid& machine) {
    std::set<Uuid> networks;
    if (const auto held = held_spec(seen, machine); held.spec)
        for (const auto& nic : held.spec->nics)
            if (!nic.network.empty()) networks.insert(nic.network);
    return networks;
}

std::set<Uuid> volumes_of(const state::Snapshot& seen, const Uuid& machine) {
    std::set<Uuid> volumes;
    if (const auto held = held_spec(seen, machine); held.spec)
        for (const auto& disk : held.spec->disks)
            if (!disk.volume.empty()) volumes.insert(disk.volume);
    return volumes;
}

std::optional<hv::MachineState> state_in(const state::Snapshot& seen, const Uuid& id) {
    const auto* machine = state::find(seen.machines, id);
    return machine ? std::optional(machine->state) : std::nullopt;
}

} // namespace

void refuse_down(const state::Snapshot& seen, const Claimed& others, const Uuid& network) {
    const auto* record = state::find(seen.network_records, network);
    if (record && record->down) throw Error(Fault::conflict, "network " + network + " is down");
    if (others.leaving.contains(network))
        throw Error(Fault::conflict, "network " + network + " is being removed or taken down");
}

void refuse_start(const state::Snapshot& seen, const hv::Machine& machine) {
    if (is_in_memory(machine)) return;
    for (const auto& network : networks_of(seen, machine.id)) refuse_down(seen, {}, network);
}

// Claimed until it runs: a request that takes a network down does so before that, or finds the machine on it.
void start_machine(Context& context, const Uuid& id) {
    const auto before = state_in(*context.inventory.now(), id);
    std::set<Uuid> networks;
    const auto claim = context.claims.claim([&](const Claimed& others) {
        const auto seen = context.inventory.now();
        networks = networks_of(*seen, id);
        Claimed mine;
        if (before == hv::MachineState::paused) return mine;
        for (const auto& network : networks) refuse_down(*seen, others, network);
        mine.used.insert(networks.begin(), networks.end());
        for (const auto& volume : volumes_of(*seen, id)) {
            if (others.leaving.contains(volume))
                throw Error(Fault::busy, "compute " + id + " cannot start while its disk is being saved");
            if (others.copied.contains(volume))
                throw Error(Fault::busy, "compute " + id + " cannot start while its disk is being copied");
            mine.used.insert(volume);
            mine.attached.insert(volume);
        }
        return mine;
    });
    context.host.compute().start(id);
    // Saved memory comes back with its cables as they were when it was saved.
    if (before == hv::MachineState::saved)
        for (const auto& network : networks) context.host.compute().set_link(id, network, true);
    context.inventory.reread_machine(id);
}

// One that has ended by itself since then has run.
state::Step starting_of(Context& context, const Uuid& id) {
    state::Step step{"start", [&context, id](state::Task&) { start_machine(context, id); }};
    step.see = see_machine(context, id, "start compute " + id, [&context, id](const hv::Machine& machine) {
        const bool has_run =
            machine.state == hv::MachineState::running || context.inventory.told_of(id).boots > 0;
        return has_run ? std::nullopt : std::optional("it is " + phrase_of(machine));
    });
    return step;
}

} // namespace service
