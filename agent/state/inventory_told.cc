// What the inventory tells the chronicle: each change of a machine's state once, however it came to be known.
#include "agent/state/inventory.hh"
#include "agent/state/whereabouts.hh"

#include <algorithm>
#include <array>

namespace state {
namespace {

std::string_view event_of(hv::MachineState state) {
    constexpr std::array words{"started", "suspended", "stopped", "saved", "crashed", "lost sight of"};
    return words.at(static_cast<std::size_t>(state));
}

Event machine_event(const Uuid& id, const Ownership& of, std::string_view what, const std::string& detail) {
    Event event;
    event.subject = "compute";
    event.id = id;
    event.be_of(of);
    event.what = what;
    event.detail = detail;
    return event;
}

// Of the driver's words those that are events by themselves; the others say only that something is to be read again.
constexpr std::array told_as_is{"rebooted", "disk error", "device added", "device removed", "device kept"};

// The driver tells what happened at most so long after it could be read.
constexpr auto longest_lead = std::chrono::seconds(5);

} // namespace

void Inventory::Known::run_ahead(hv::MachineState state) {
    const auto now = Clock::now();
    std::erase_if(ahead, [&](const Ahead& each) { return each.read_at + longest_lead < now; });
    ahead.push_back({state, now});
}

// When the driver will never tell it (events get lost) and it happens again meanwhile, then the reading that follows
// tells it.
bool Inventory::Known::catch_up(hv::MachineState state) {
    const auto now = Clock::now();
    std::erase_if(ahead, [&](const Ahead& each) { return each.read_at + longest_lead < now; });
    const auto told = std::ranges::find(ahead, state, &Ahead::state);
    if (told == ahead.end()) return false;
    ahead.erase(ahead.begin(), told + 1);
    return true;
}

// Compares a machine that was just read with what was told of it, tells the difference, and gives it back the reason
// that the hypervisor has forgotten. Called with the lock held.
void Inventory::reconcile(hv::Machine& machine) {
    const bool is_new = !known_.contains(machine.id);
    auto& known = known_[machine.id];
    auto& sighting = known.sighting;
    const auto of = whose(machine.spec);
    known.listed = true;
    undefined_.erase(machine.id);
    const bool moved = is_new || sighting.state != machine.state;
    if (!moved && machine.reason.empty()) machine.reason = sighting.reason;
    auto whereabouts = whereabouts_of(machine.spec);
    const bool news = moved || sighting.reason != machine.reason || sighting.owner != of.owner ||
                      sighting.group != of.group || sighting.whereabouts != whereabouts;
    if (moved) sighting.since = std::chrono::system_clock::now();
    sighting = {machine.id,     std::string(of.owner),  machine.state, machine.reason,
                sighting.since, std::move(whereabouts), false,         std::string(of.group)};
    if (is_new) chronicle_.note(machine_event(machine.id, of, "created", machine.spec.title));
    if (moved && !(is_new && machine.state == hv::MachineState::off)) {
        known.run_ahead(machine.state);
        chronicle_.note(machine_event(machine.id, of, event_of(machine.state), machine.reason), sighting);
    } else if (news)
        chronicle_.remember(sighting);
    if (known.stuck != machine.stuck)
        chronicle_.note(
            machine_event(machine.id, of, machine.stuck.empty() ? "reacting" : "stuck", machine.stuck));
    known.stuck = machine.stuck;
}

namespace {

// One that is ready, as far as we know, and is gone: with its volumes, its addresses and its record it is still there.
bool is_undefined_by_others(const Snapshot& seen, const Uuid& id) {
    const auto* record = find(seen.compute_records, id);
    return record && record->phase == Phase::ready;
}

} // namespace

void Inventory::tell_gone(const Snapshot& seen, const hv::Machine& machine) {
    const bool stays = is_undefined_by_others(seen, machine.id);
    auto last = std::move(known_[machine.id].sighting);
    last.id = machine.id;
    last.owner = machine.spec.owner;
    last.group = machine.spec.group;
    known_.erase(machine.id);
    part_with(std::move(last), stays, stays ? undefined_by_others : machine.spec.title);
}

// Of what has its record still it is kept where its disks were.
void Inventory::part_with(Sighting last, bool stays, const std::string& detail) {
    auto event = machine_event(last.id, whose(last), stays ? "failed" : "deleted", detail);
    if (!stays) {
        chronicle_.note(std::move(event));
        return chronicle_.forget(last.id);
    }
    undefined_[last.id] = last.whereabouts;
    last.undefined = true;
    chronicle_.note(std::move(event), std::move(last));
}

std::string Inventory::whereabouts_of_undefined(const Uuid& id) const {
    std::lock_guard hold(mutex_);
    const auto found = undefined_.find(id);
    return found == undefined_.end() ? std::string() : found->second;
}

Ownership Inventory::whose_machine(const Uuid& id) const {
    const auto known = known_.find(id);
    return known == known_.end() ? Ownership() : whose(known->second.sighting);
}

// What the driver says happened to a machine. Called with the lock held.
void Inventory::tell(const hv::Change& change) {
    if (change.subject != hv::Change::Subject::machine) return;
    if (std::ranges::find(told_as_is, change.what) != told_as_is.end())
        chronicle_.note(machine_event(change.id, whose_machine(change.id), change.what, change.detail));
    const auto found = known_.find(change.id);
    if (!change.state || found == known_.end()) return;
    if (change.what == "defined") return; // no change of its state
    if (found->second.catch_up(*change.state) || found->second.sighting.state == *change.state) return;
    auto& sighting = found->second.sighting;
    sighting.state = *change.state;
    sighting.reason = change.detail;
    sighting.since = std::chrono::system_clock::now();
    chronicle_.note(machine_event(change.id, whose(sighting), event_of(*change.state), change.detail),
                    sighting);
}

// Machines that were there when an earlier agent looked last, and are not there now.
void Inventory::tell_never_listed(const Snapshot& seen) {
    std::erase_if(known_, [&](const auto& entry) {
        if (entry.second.listed) return false;
        const bool stays = is_undefined_by_others(seen, entry.first);
        part_with(entry.second.sighting, stays, stays ? undefined_by_others : "");
        return true;
    });
}

// What an earlier agent has told already.
void Inventory::note_undefined(const Snapshot& seen, const Table<hv::Machine>& listed) {
    for (const auto& [id, record] : seen.compute_records)
        if (record->phase == Phase::ready && !listed.contains(id)) undefined_.try_emplace(id);
}

void Inventory::tell_agent(std::string_view what, const std::string& detail) {
    Event event;
    event.subject = "agent";
    event.what = what;
    event.detail = detail;
    chronicle_.note(event);
}

} // namespace state
