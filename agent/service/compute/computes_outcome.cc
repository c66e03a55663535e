#include "agent/service/compute/computes.hh"

#include "agent/service/change_kind.hh"
#include "agent/service/compute/compute_record.hh"
#include "agent/service/compute/device_change.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/operation_kinds.hh"
#include "agent/service/plans.hh"

#include <algorithm>

namespace service {
namespace {

// Of what came and went what has no volume and no address any more.
Devices freed_by(Context& context, const DeviceChange& change) {
    Devices freed;
    for (const auto* devices : {&change.more, &change.less}) {
        for (const auto& disk : devices->disks)
            if (!context.host.storage().find(disk.volume)) freed.disks.push_back(disk);
        for (const auto& nic : devices->nics) {
            const auto network = context.host.network().find(nic.network);
            const auto is_its_own = [&](const hv::Reservation& each) { return each.mac == nic.mac; };
            if (!network || std::ranges::none_of(network->reservations, is_its_own))
                freed.nics.push_back(nic);
        }
    }
    return freed;
}

void forget(hv::MachineSpec& recorded, const Devices& freed) {
    for (const auto& disk : freed.disks)
        std::erase_if(recorded.disks, [&](const hv::Disk& each) { return each.volume == disk.volume; });
    for (const auto& nic : freed.nics)
        std::erase_if(recorded.nics, [&](const hv::Nic& each) { return each.mac == nic.mac; });
}

// What a change has made of the machine.
void take_over_from(const state::Operation& operation, const hv::MachineSpec& machine,
                    hv::MachineSpec& recorded) {
    if (is(operation, KindOfOperation::update_compute))
        take_over(recorded, machine, plan_of<Wish>(operation), operation.stage == state::Stage::done);
    else if (changes_devices(operation))
        take_over(recorded, machine, plan_of<DeviceChange>(operation));
}

} // namespace

// What a change has made of it is in its record too, also for a removal that waits for the end of the change. With what
// a change has taken from a machine that is gone, the machine does not come back.
void Computes::keep_record(const state::Operation& operation) {
    const auto& id = operation.target;
    const bool is_gone = !context_.inventory.now()->machines.contains(id);
    const auto freed = is_gone && changes_devices(operation)
                           ? freed_by(context_, plan_of<DeviceChange>(operation))
                           : Devices{};
    context_.inventory.in_turn([&] {
        const auto seen = context_.inventory.now();
        const auto* record = state::find(seen->compute_records, id);
        if (!record) return;
        auto changed = *record;
        if (const auto* machine = state::find(seen->machines, id))
            take_over_from(operation, machine->spec, changed.spec);
        else
            forget(changed.spec, freed);
        if (changed.spec != record->spec) context_.inventory.put(changed);
    });
}

// Of everything but a creation and a removal: what came of it is shown with the machine.
void Computes::ended_change(const state::Operation& operation) {
    context_.inventory.reread_machine(operation.target);
    keep_record(operation);
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->compute_records, operation.target);
    if (record && record->phase == state::Phase::failed) return; // it says why itself
    context_.inventory.set_trouble(operation.target, trouble_of(operation));
}

} // namespace service
