#include "agent/service/storage/storages.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/observed.hh"
#include "agent/service/operation_kinds.hh"
#include "agent/service/ownership.hh"
#include "agent/service/sequence.hh"
#include "agent/service/storage/storage_rules.hh"
#include "agent/service/units.hh"

#include <array>
#include <string_view>

namespace service {
namespace {

namespace name = occi::name;

struct Shown {
    std::string_view phase, state;
};
// By state::Phase.
constexpr std::array shown_phases{Shown{"pending", "offline"}, Shown{"ready", "online"},
                                  Shown{"failed", "error"}, Shown{"deleting", "offline"}};

// What belongs to one machine is not shown of others either.
bool is_of_another_agent(const state::Snapshot& seen, const hv::Volume& volume) {
    return !seen.why_foreign.empty() && volume.backing.empty() && !seen.storage_records.contains(volume.id);
}

} // namespace

std::vector<std::string> Storages::list(const auth::Principal& who) const {
    const auto seen = look(context_); // for as long as it is gone through
    Sequence all(seen->storage_records.size());
    for (const auto& [id, record] : seen->storage_records)
        if (who.may_see(state::whose(*record))) all.add(id, record->place);
    if (!seen->why_foreign.empty() && who.may_see({}))
        for (const auto& [id, volume] : seen->volumes)
            if (is_of_another_agent(*seen, *volume)) all.add_of_others(id);
    return all.ids();
}

std::optional<state::StorageRecord> Storages::record_in(const state::Snapshot& seen, const Uuid& id) {
    if (const auto* record = state::find(seen.storage_records, id)) return *record;
    const auto* volume = state::find(seen.volumes, id);
    if (!volume || !is_of_another_agent(seen, *volume)) return std::nullopt;
    state::StorageRecord shown;
    shown.id = id;
    shown.bytes = volume->bytes;
    shown.phase = state::Phase::ready;
    shown.message = "of another agent: it is only shown";
    return shown;
}

occi::Resource Storages::show(const Uuid& id, const auth::Principal& who) const {
    const auto seen = look(context_);
    const auto record = record_in(*seen, id);
    if (!record || !who.may_see(state::whose(*record)))
        throw Error(Fault::not_found, "there is no storage " + text::printable(id));
    const auto* volume = state::find(seen->volumes, id);
    const auto* trouble = seen->troubles.find(id);
    const bool lost = record->phase == state::Phase::ready && !volume && seen->pool_listed;
    const auto& words =
        shown_phases.at(static_cast<std::size_t>(lost ? state::Phase::failed : record->phase));

    occi::Resource shown;
    shown.id = id;
    shown.kind = context_.model.known().storage;
    auto& values = shown.attributes;
    values[name::title] = record->title;
    show_ownership(state::whose(*record), shown);
    values[name::shared_with] = std::string(to_text(record->share));
    values[name::storage_size] = to_gib(volume ? volume->bytes : record->bytes);
    values[name::phase] = std::string(words.phase);
    values[name::storage_state] = std::string(record->offline ? "offline" : words.state);
    if (!record->url.empty()) values[name::image_url] = record->url;
    if (!record->summary.empty()) values[name::summary] = record->summary;
    if (lost)
        values[name::storage_message] = "its volume is no longer in the pool";
    else if (!record->message.empty())
        values[name::storage_message] = record->message;
    else if (trouble)
        values[name::storage_message] = *trouble;
    if (volume && seen->connected && seen->why_foreign.empty())
        shown.actions = actions_on_storage(*seen, *record, context_.model);
    if (!who.may_change(state::whose(*record)))
        std::erase_if(shown.actions, [&](const auto* action) { return !may_copy_by(*action, who); });
    add_observation_of_volume(shown, *seen, volume != nullptr);
    return shown;
}

std::vector<state::OperationKind> Storages::kinds() {
    using state::Operation, state::Task;
    using enum KindOfOperation;
    auto kinds = kinds_of_changes();
    for (auto& kind : kinds_of_saves()) kinds.push_back(std::move(kind));
    kinds.push_back(creation(
        create_storage, "create", [this](const Operation& operation, Task&) { make_blank(operation.target); },
        true));
    kinds.push_back(creation(
        import_storage, "copy",
        [this](const Operation& operation, Task& task) { copy(operation.target, task); }, true));
    // All of it is in the pool already, and it gets its name in one step.
    kinds.push_back(creation(
        upload_storage, "keep",
        [this](const Operation& operation, Task& task) { keep(operation.target, task); }, false));
    kinds.push_back(kind_of_adoption());
    kinds.push_back(serve(delete_storage, [this](const Operation& operation) { return removal(operation); }));
    return kinds;
}

void Storages::resume(const state::Snapshot& at_start) {
    const Terms ours{{"", auth::Role::administrator}};
    for (const auto& [id, record] : at_start.storage_records) {
        const bool unfinished =
            record->phase == state::Phase::leaving || record->phase == state::Phase::coming;
        if (unfinished && is_left_over(context_, &state::Snapshot::storage_records, id, *record))
            begin_removal(id, ours);
    }
}

} // namespace service
