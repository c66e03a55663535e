// The disk that a machine boots from becomes a storage that stands alone. A machine in memory goes on meanwhile, and
// the copy has what was on the disk at one moment, as after a power cut. One that is off does not start before the copy
// is whole.
#include "agent/service/storage/disk_save.hh"

#include "agent/base/clock.hh"
#include "agent/base/error.hh"
#include "agent/service/storage/overlays.hh"
#include "agent/service/storage/storages.hh"
#include "agent/service/submit.hh"
#include "agent/service/unmade.hh"
#include "agent/service/users.hh"

#include <algorithm>
#include <chrono>

namespace service {
namespace {

// A step that waits for a machine to go off holds one of the threads that everybody needs.
constexpr std::size_t most_under_way = 32;
constexpr auto between_looks = std::chrono::hours(1);

// What a copy of it takes in the pool at most, with all that is behind it.
std::uint64_t room_for(const state::Snapshot& seen, Uuid volume) {
    std::uint64_t bytes = 0;
    for (const auto* layer = state::find(seen.volumes, volume); layer;
         layer = layer->backing.empty() ? nullptr : state::find(seen.volumes, layer->backing))
        bytes += layer->allocated;
    return bytes;
}

bool is_off(const state::Snapshot& seen, const Uuid& compute) {
    const auto* machine = state::find(seen.machines, compute);
    return !machine || !is_in_memory(*machine);
}

// Off for good: what was to be saved when it is off next is not what its removal leaves.
bool is_leaving(const state::Snapshot& seen, const Uuid& compute) {
    const auto* record = state::find(seen.compute_records, compute);
    return record && record->phase == state::Phase::leaving;
}

void wait_until_off(Context& context, const Uuid& compute, const std::stop_token& stop) {
    while (!context.inventory.wait([&](const state::Snapshot& seen) { return is_off(seen, compute); },
                                   between_looks, stop))
        if (stop.stop_requested()) throw Error(Fault::conflict, "the save was cancelled");
}

} // namespace

std::string why_not_saved(const hv::Machine& machine) {
    if (machine.spec.disks.empty() || machine.spec.disks.front().volume.empty())
        return "has no disk of its own to boot from";
    if (is_in_memory(machine) && !machine.stuck.empty()) return "does not react: " + machine.stuck;
    if (machine.state == hv::MachineState::unknown) return "is in an unknown state";
    return {};
}

Made Storages::save(const hv::Machine& machine, const std::string& title, bool deferred, const Terms& terms) {
    if (const auto why = why_not_saved(machine); !why.empty())
        throw Error(machine.stuck.empty() ? Fault::conflict : Fault::busy,
                    "compute " + machine.id + " " + why);
    if (deferred && context_.operations.under_way() >= most_under_way)
        throw Error(Fault::busy, "too much is under way for a deferred save; try again later");
    const auto& disk = machine.spec.disks.front();
    const auto& volume = disk.volume;
    state::StorageRecord record;
    record.id = new_uuid();
    record.owner = machine.spec.owner;
    record.group = machine.spec.group;
    record.title = !title.empty()
                       ? title
                       : machine.spec.title + " image " + to_rfc3339(std::chrono::system_clock::now());
    offer_as_template(record);
    if (!saving_.with([&](auto& volumes) { return volumes.insert(volume).second; }))
        throw Error(Fault::conflict, "compute " + machine.id + " is being saved already");
    Defer forget([&] { saving_.with([&](auto& volumes) { volumes.erase(volume); }); });
    const auto seen = look(context_);
    const auto* known = state::find(seen->volumes, volume);
    const auto* compute = state::find(seen->compute_records, machine.id);
    const bool is_coming = compute && compute->phase == state::Phase::coming; // and its disk with it
    if (!known && !is_coming)
        throw Error(Fault::conflict, "compute " + machine.id + " has no volume in the pool");
    record.bytes = known ? known->bytes : disk.bytes;
    check_room(room_for(*seen, known ? volume : disk.origin));
    if (terms.check) terms.check();
    context_.inventory.put(record);
    try {
        using enum KindOfOperation;
        auto operation = submit(context_, deferred ? save_disk_later : KindOfOperation::save_disk, record.id,
                                terms, DiskSave{machine.id, volume});
        forget.dismiss();
        return {record.id, std::move(operation)};
    } catch (...) {
        context_.inventory.drop_storage(record.id);
        throw;
    }
}

// ---- steps ---------------------------------------------------------------------------------------------------------

void Storages::save_running(const Uuid& id, const hv::Machine& machine, const hv::Disk& disk,
                            state::Task& task) {
    const auto volume = context_.host.storage().find(disk.volume);
    if (!volume) throw Error(Fault::conflict, "compute " + machine.id + " has no volume in the pool");
    const auto copy = context_.host.storage().create(id, bytes_seen_on(context_, disk, *volume));
    context_.host.compute().copy_disk(
        machine.id, disk.volume, copy, [&](unsigned percent) { task.progress(percent); }, task.stop());
}

// False when it runs after all. Claimed, so that it does not start before the copy is whole.
bool Storages::save_resting(const Uuid& id, const hv::Machine& machine, const hv::Disk& disk,
                            state::Task& task) {
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        if (others.used.contains(disk.volume))
            throw Error(Fault::busy, "compute " + machine.id + " is being started");
        Claimed mine;
        mine.leaving.insert(disk.volume);
        return mine;
    });
    const auto now = context_.host.compute().find(machine.id);
    if (now && is_in_memory(*now)) return false;
    const auto volume = context_.host.storage().find(disk.volume);
    if (!volume) throw Error(Fault::conflict, "compute " + machine.id + " was removed");
    // As the hypervisor shows it now: others may have put a snapshot on top.
    const auto same = [&](const hv::Disk& each) { return each.volume == disk.volume && has_overlays(each); };
    const auto ignore = [](std::uint64_t) {};
    const auto covered = now ? std::ranges::find_if(now->spec.disks, same) : machine.spec.disks.end();
    if (now && covered != now->spec.disks.end())
        context_.host.storage().flatten(id, chain_of(context_, *covered), ignore, task.stop());
    else
        context_.host.storage().copy(id, *volume, ignore, task.stop());
    return true;
}

void Storages::save_disk(const state::Operation& operation, state::Task& task) {
    const auto plan = plan_of<DiskSave>(operation);
    refuse_unmade(context_, plan.compute);
    const bool is_later = is(operation, KindOfOperation::save_disk_later);
    for (;;) {
        if (is_later) wait_until_off(context_, plan.compute, task.stop());
        const auto machine = context_.host.compute().find(plan.compute);
        if (!machine || is_leaving(*context_.inventory.now(), plan.compute))
            throw Error(Fault::conflict, "compute " + plan.compute + " was removed");
        const auto disk = std::ranges::find(machine->spec.disks, plan.volume, &hv::Disk::volume);
        if (disk == machine->spec.disks.end())
            throw Error(Fault::conflict, "compute " + plan.compute + " has that disk no longer");
        const bool runs = is_in_memory(*machine);
        if (runs && !is_later) return save_running(operation.target, *machine, *disk, task);
        if (!runs && save_resting(operation.target, *machine, *disk, task)) return;
        context_.inventory.reread_machine(plan.compute);
    }
}

std::vector<state::OperationKind> Storages::kinds_of_saves() {
    using state::Operation;
    const auto kind = [this](KindOfOperation which) {
        auto made = creation(
            which, "copy",
            [this](const Operation& operation, state::Task& task) { save_disk(operation, task); }, true);
        made.work = [this, begun = made.work](const Operation& operation) {
            const auto plan = plan_of<DiskSave>(operation);
            saving_.with([&](auto& volumes) { volumes.insert(plan.volume); }); // after a restart, too
            auto work = begun(operation);
            work.after = {plan.compute}; // what it is being changed into is what is saved
            work.ended = [this, volume = plan.volume, ended = work.ended](const Operation& done) {
                ended(done);
                saving_.with([&](auto& volumes) { volumes.erase(volume); });
            };
            return work;
        };
        return made;
    };
    return {kind(KindOfOperation::save_disk), kind(KindOfOperation::save_disk_later)};
}

} // namespace service
