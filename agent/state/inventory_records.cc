// Our own records in the inventory: into the store first, then into the snapshot, and to the chronicle what it means.
#include "agent/state/inventory.hh"

#include <algorithm>
#include <optional>

namespace state {
namespace {

// A thing of ours that became ready or failed, as an event; nullopt: nothing to tell.
template <class R>
std::optional<Event> phase_event(std::string_view subject, const R& record, const R* before,
                                 const std::string& message) {
    const auto was = before ? before->phase : Phase::coming;
    if (was == record.phase || (record.phase != Phase::ready && record.phase != Phase::failed))
        return std::nullopt;
    if (was == Phase::leaving) return std::nullopt; // a removal that was given up
    Event event;
    event.subject = subject;
    event.id = record.id;
    event.be_of(whose(record));
    event.what = record.phase == Phase::ready ? "created" : "failed";
    event.detail = message;
    return event;
}

Event gone_event(std::string_view subject, const Uuid& id, const Ownership& of) {
    Event event;
    event.subject = subject;
    event.id = id;
    event.be_of(of);
    event.what = "deleted";
    return event;
}

} // namespace

void Inventory::in_turn(const std::function<void()>& act) { store_.database().in_turn(act); }

void Inventory::write_down(const std::function<void()>& write, const std::function<void(Snapshot&)>& change) {
    in_turn([&] {
        write();
        swap(change);
    });
}

// Called in a turn of the store.
template <class Record> Record Inventory::placed(Record record, const Table<Record>& there) {
    const auto* before = find(there, record.id);
    if (before) record.place = before->place;
    if (record.place == 0) record.place = last_place_ + 1;
    last_place_ =
        std::max(last_place_, record.place); // one that comes back when the store was lost has had one
    return record;
}

void Inventory::put(const ComputeRecord& given) {
    in_turn([&] {
        const auto record = placed(given, now()->compute_records);
        write_down([&] { store_.put(record); },
                   [&](Snapshot& next) {
                       const auto event = phase_event("compute", record,
                                                      find(next.compute_records, record.id), record.message);
                       // That one was created is told when the machine is seen first.
                       if (event && record.phase == Phase::failed) chronicle_.note(*event);
                       next.compute_records.put(record.id, std::make_shared<const ComputeRecord>(record));
                   });
    });
}

template <class Record>
void Inventory::put_told(const char* kind, Table<Record> Snapshot::*table, const Record& given,
                         const std::string& message) {
    in_turn([&] {
        const auto record = placed(given, (*now()).*table);
        write_down([&] { store_.put(record); },
                   [&](Snapshot& next) {
                       if (const auto event =
                               phase_event(kind, record, find(next.*table, record.id), message))
                           chronicle_.note(*event);
                       (next.*table).put(record.id, std::make_shared<const Record>(record));
                   });
    });
}

void Inventory::put(const StorageRecord& given) {
    put_told("storage", &Snapshot::storage_records, given, given.message);
}

void Inventory::put(const NetworkRecord& given) {
    put_told("network", &Snapshot::network_records, given, "");
}

// A matter of its owner alone, who has asked for it: no event.
void Inventory::put(const MixinRecord& record) {
    write_down([&] { store_.put(record); },
               [&](Snapshot& next) {
                   next.mixin_records.put(record.id, std::make_shared<const MixinRecord>(record));
               });
}

void Inventory::drop_compute(const Uuid& id) {
    write_down([&] { store_.drop_compute(id); },
               [&](Snapshot& next) {
                   const auto* record = find(next.compute_records, id);
                   const bool was_undefined = undefined_.erase(id) > 0;
                   if (was_undefined) chronicle_.forget(id);
                   if (record && (was_undefined || record->phase == Phase::failed) &&
                       !next.machines.contains(id) && !known_.contains(id))
                       chronicle_.note(gone_event("compute", id, whose(*record)));
                   next.compute_records.erase(id);
               });
}

void Inventory::drop_storage(const Uuid& id) {
    write_down([&] { store_.drop_storage(id); },
               [&](Snapshot& next) {
                   if (const auto* record = find(next.storage_records, id))
                       chronicle_.note(gone_event("storage", id, whose(*record)));
                   next.storage_records.erase(id);
               });
}

void Inventory::drop_network(const Uuid& id) {
    write_down([&] { store_.drop_network(id); },
               [&](Snapshot& next) {
                   if (const auto* record = find(next.network_records, id))
                       chronicle_.note(gone_event("network", id, whose(*record)));
                   next.network_records.erase(id);
               });
}

void Inventory::drop_mixin(const std::string& id) {
    write_down([&] { store_.drop_mixin(id); }, [&](Snapshot& next) { next.mixin_records.erase(id); });
}

void Inventory::set_trouble(const Uuid& id, const std::string& sentence) {
    swap([&](Snapshot& next) {
        if (sentence.empty())
            next.troubles.erase(id);
        else
            next.troubles.put(id, sentence);
    });
}

// ---- what has no record --------------------------------------------------------------------------------------------

bool Inventory::is_new() { return store_.fact(fact::taken_over).empty(); }

void Inventory::settled() { store_.put_fact(fact::taken_over, "yes"); }

// A mark can be copied, and what it names beside it be changed by hand: so of what it says nothing is believed. Whose a
// machine is stands in its record.
void Inventory::show_as_of_others(Snapshot& next, hv::Machine& machine) {
    const auto* record = find(next.compute_records, machine.id);
    machine.spec.owner = record ? record->spec.owner : "";
    machine.spec.group = record ? record->spec.group : "";
    if (!machine.ours || record) {
        next.unrecorded.erase(machine.id);
        return;
    }
    next.unrecorded.put(machine.id, {});
    machine.ours = false;
    auto& spec = machine.spec;
    spec.notes.clear();
    for (auto& disk : spec.disks) {
        hv::Disk shown;
        shown.content = hv::Content::foreign;
        shown.target = disk.target;
        disk = std::move(shown);
    }
    for (auto& nic : spec.nics) nic.address.reset();
}

void Inventory::show_as_of_others(Snapshot& next, hv::NetworkInfo& network) {
    if (!network.ours || next.network_records.contains(network.id)) {
        next.unrecorded.erase(network.id);
        return;
    }
    next.unrecorded.put(network.id, {});
    network.ours = false;
}

} // namespace state
