// What the agent does about computes when it begins: records for those that have none, an end for those that were cut
// off, secrets out of descriptions.
#include "agent/service/compute/computes.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/service/compute/machine_work.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/submit.hh"
#include "agent/service/users.hh"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

namespace service {
namespace {

constexpr std::uint64_t most_places = std::uint64_t{1} << 48; // never counted so far

// Whether all that its note names is its own: each disk is a file that nobody else has.
bool has_to_itself(const hv::Machine& machine, std::map<Uuid, Users>& users) {
    return std::ranges::all_of(machine.spec.disks, [&](const hv::Disk& disk) {
        if (disk.volume.empty()) return true;
        const auto& found = users[disk.volume];
        const bool has_it =
            std::ranges::any_of(found, [&](const User& user) { return user.machine == machine.id; });
        return has_it && !holder_among(found, machine.id);
    });
}

std::set<Uuid> volumes_of(const hv::MachineSpec& spec) {
    std::set<Uuid> volumes;
    for (const auto& disk : spec.disks)
        if (!disk.volume.empty()) volumes.insert(disk.volume);
    return volumes;
}

// Among the records, as it was noted; 0: behind all others.
std::uint64_t place_in(const hv::MachineSpec& spec) {
    const auto noted = spec.notes.find(note::place);
    return noted == spec.notes.end() ? 0 : text::to_number(noted->second, most_places).value_or(0);
}

} // namespace

void Computes::adopt() {
    const auto seen = context_.inventory.now();
    for (const auto& [id, mark] : seen->unrecorded) {
        if (!seen->machines.contains(id) || seen->compute_records.contains(id)) continue;
        const auto machine = context_.host.compute().find(id); // with all that its note says
        if (!machine || !machine->ours) continue;
        auto users = ask_users(context_, volumes_of(machine->spec));
        if (!has_to_itself(*machine, users)) {
            logging::warning(
                "compute {} has our mark and no record, and its disks are not its own: it is of others", id);
            continue;
        }
        logging::info("compute {} has no record: taken over as it is", id);
        state::ComputeRecord record{id, machine->spec, state::Phase::ready, ""};
        record.place = place_in(machine->spec);
        context_.inventory.put(record);
        context_.inventory.reread_machine(id);
    }
}

// Whether the description of the machine has secrets still, which are in its record from now on.
bool Computes::record_secrets(const Uuid& id) {
    bool is_described = false;
    context_.inventory.in_turn([&] {
        const auto seen = context_.inventory.now();
        const auto* record = state::find(seen->compute_records, id);
        if (!record) return;
        const auto* machine = state::find(seen->machines, id);
        is_described = machine && machine->ours && has_secrets(machine->spec);
        if (!is_described && !has_secrets(record->spec)) return;
        auto changed = *record;
        changed.secrets.merge(take_secrets(changed.spec));
        if (is_described) {
            auto spec = machine->spec;
            changed.secrets.merge(take_secrets(spec));
            note_secrets(changed.spec, changed.secrets);
        }
        context_.inventory.put(changed);
    });
    return is_described;
}

// Releases before this had them in the description of the machine, which others may read.
void Computes::move_secrets() {
    const auto seen = context_.inventory.now();
    for (const auto& [id, record] : seen->compute_records) {
        if (!record_secrets(id)) continue;
        Wish without;
        without.notes[note::ssh_key] = without.notes[note::user_data] = "";
        const auto secrets = secrets_of(id);
        hv::MachineSpec named;
        note_secrets(named, secrets);
        without.notes[note::secrets] = named.notes[note::secrets];
        try {
            submit(context_, KindOfOperation::update_compute, id, {{"", auth::Role::administrator}}, without);
        } catch (const Error& failure) {
            logging::warning("compute {} keeps secrets in its description until the next start: {}", id,
                             failure.what());
        }
    }
}

void Computes::resume(const state::Snapshot& at_start) {
    const Terms ours{{"", auth::Role::administrator}};
    for (const auto& [id, record] : at_start.compute_records) {
        using enum state::Phase;
        if ((record->phase == coming || record->phase == leaving) &&
            is_left_over(context_, &state::Snapshot::compute_records, id, *record)) {
            const state::ComputeRecord marked{id, record->spec, leaving, ""};
            context_.inventory.put(marked);
            begin_removal(marked, *record, ours);
        }
    }
    move_secrets();
}

} // namespace service
