#include "agent/service/compute/computes.hh"

#include "agent/service/compute/compute_record.hh"
#include "agent/service/compute/device_change.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/operation_kinds.hh"
#include "agent/service/plans.hh"

#include <algorithm>
#include <mutex>

namespace service {
namespace {

// Of what came and went what has no volume and no address any more.
void forget_freed(Context& context, hv::MachineSpec& recorded, const DeviceChange& change) {
    for (const auto* disks : {&change.more.disks, &change.less.disks})
        for (const auto& disk : *disks)
            if (!context.host.storage().find(disk.volume))
                std::erase_if(recorded.disks,
                              [&](const hv::Disk& each) { return each.volume == disk.volume; });
    for (const auto* nics : {&change.more.nics, &change.less.nics})
        for (const auto& nic : *nics) {
            const auto network = context.host.network().find(nic.network);
            const auto is_its_own = [&](const hv::Reservation& each) { return each.mac == nic.mac; };
            if (!network || std::ranges::none_of(network->reservations, is_its_own))
                std::erase_if(recorded.nics, [&](const hv::Nic& each) { return each.mac == nic.mac; });
        }
}

} // namespace

// What a change has made of it is in its record too, also for a removal that waits for the end of the change.
void Computes::keep_record(const state::Operation& operation) {
    const std::lock_guard deciding(records_);
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->compute_records, operation.target);
    const auto* machine = state::find(seen->machines, operation.target);
    if (!record) return;
    auto changed = *record;
    if (!machine) { // what the change has taken from it, it does not come back with
        if (changes_devices(operation))
            forget_freed(context_, changed.spec, plan_of<DeviceChange>(operation));
        if (changed.spec != record->spec) context_.inventory.put(changed);
        return;
    }
    if (is(operation, KindOfOperation::update_compute))
        take_over(changed.spec, machine->spec, plan_of<Wish>(operation),
                  operation.stage == state::Stage::done);
    else if (changes_devices(operation))
        take_over(changed.spec, machine->spec, plan_of<DeviceChange>(operation));
    if (changed.spec != record->spec) context_.inventory.put(changed);
}

// Of everything but a creation and a removal: what came of it is shown with the machine.
void Computes::ended_change(const state::Operation& operation) {
    context_.inventory.reread_machine(operation.target);
    keep_record(operation);
    context_.inventory.set_trouble(operation.target, operation.stage == state::Stage::failed
                                                         ? operation.kind + ": " + operation.message
                                                         : std::string());
}

} // namespace service
