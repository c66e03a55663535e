// What the agent does about computes when it begins: records for those that have none, an end for those that were cut
// off, secrets out of descriptions.
#include "agent/service/compute/computes.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/submit.hh"
#include "agent/service/users.hh"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <vector>

namespace service {
namespace {

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

} // namespace

void Computes::adopt() {
    const std::lock_guard deciding(records_);
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
        context_.inventory.put(state::ComputeRecord{id, machine->spec, state::Phase::ready, ""});
        context_.inventory.reread_machine(id);
    }
}

// Releases before this had them in the description of the machine, which others may read.
void Computes::move_secrets() {
    std::vector<Uuid> described;
    {
        const std::lock_guard deciding(records_);
        const auto seen = context_.inventory.now();
        for (const auto& [id, record] : seen->compute_records) {
            const auto* machine = state::find(seen->machines, id);
            const bool is_described = machine && machine->ours && has_secrets(machine->spec);
            if (is_described) described.push_back(id);
            if (!is_described && !has_secrets(record->spec)) continue;
            auto changed = *record;
            changed.secrets.merge(take_secrets(changed.spec));
            if (is_described) {
                auto spec = machine->spec;
                changed.secrets.merge(take_secrets(spec));
                note_secrets(changed.spec, changed.secrets);
            }
            context_.inventory.put(changed);
        }
    }
    for (const auto& id : described) {
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
            is_left_over(context_, &state::Snapshot::compute_records, id, *record))
            begin_removal({id, record->spec, leaving, ""}, ours, std::unique_lock(records_));
    }
    move_secrets();
}

} // namespace service
