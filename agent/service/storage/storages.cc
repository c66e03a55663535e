#include "agent/service/storage/storages.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/effect.hh"
#include "agent/service/observed.hh"
#include "agent/service/storage/os_templates.hh"
#include "agent/service/storage/overlays.hh"
#include "agent/service/storage/room.hh"
#include "agent/service/storage/storage_state.hh"
#include "agent/service/storage/users.hh"
#include "agent/service/submit.hh"
#include "agent/service/units.hh"

#include <array>
#include <utility>

namespace service {
namespace {

namespace name = occi::name;

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr double largest = 65'536; // GiB: more is no number of bytes that any file can have

std::uint64_t in_mebibytes(std::uint64_t bytes) { return (bytes + mebibyte - 1) / mebibyte; }

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
    std::vector<std::string> ids;
    for (const auto& [id, record] : seen->storage_records)
        if (who.may_use(record->owner)) ids.push_back(id);
    if (!seen->why_foreign.empty() && who.may_use(""))
        for (const auto& [id, volume] : seen->volumes)
            if (is_of_another_agent(*seen, *volume)) ids.push_back(id);
    return ids;
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
    if (!record || !who.may_use(record->owner))
        throw Error(Fault::not_found, "there is no storage " + text::printable(id));
    const auto* volume = state::find(seen->volumes, id);
    const auto trouble = seen->troubles.find(id);
    const bool lost = record->phase == state::Phase::ready && !volume && seen->pool_listed;
    const auto& words =
        shown_phases.at(static_cast<std::size_t>(lost ? state::Phase::failed : record->phase));

    occi::Resource shown;
    shown.id = id;
    shown.kind = context_.model.known().storage;
    auto& values = shown.attributes;
    values[name::title] = record->title;
    values[name::owner] = record->owner;
    values[name::storage_size] = to_gib(volume ? volume->bytes : record->bytes);
    values[name::phase] = std::string(words.phase);
    values[name::storage_state] = std::string(record->offline ? "offline" : words.state);
    if (!record->url.empty()) values[name::image_url] = record->url;
    if (!record->summary.empty()) values[name::summary] = record->summary;
    if (lost)
        values[name::storage_message] = "its volume is no longer in the pool";
    else if (!record->message.empty())
        values[name::storage_message] = record->message;
    else if (trouble != seen->troubles.end())
        values[name::storage_message] = trouble->second;
    if (volume && seen->connected && seen->why_foreign.empty())
        shown.actions = actions_on_storage(*seen, *record, context_.model);
    add_observation_of_volume(shown, *seen, volume != nullptr);
    return shown;
}

namespace {

hv::Format format_of(const image::Found& found) {
    return found.kind == image::Kind::qcow2 ? hv::Format::qcow2 : hv::Format::raw;
}

// As large as was asked for, but never smaller than the original.
void fit(state::StorageRecord& record, const image::Found& found, const std::string& original) {
    if (record.bytes != 0 && in_mebibytes(record.bytes) < in_mebibytes(found.virtual_bytes))
        throw Error(Fault::invalid,
                    "SIZE " + std::to_string(in_mebibytes(record.bytes)) + " is less than the " +
                        std::to_string(in_mebibytes(found.virtual_bytes)) + " MB of " + original);
    record.bytes = std::max(record.bytes, found.virtual_bytes);
}

} // namespace

state::StorageRecord Storages::record_of(const occi::Resource& wanted, const Terms& terms) const {
    state::StorageRecord record;
    record.owner = terms.who.name;
    record.title = wanted.string(name::title).value_or("");
    record.url = wanted.string(name::image_url).value_or("");
    record.summary = wanted.string(name::summary).value_or("");
    const auto size = wanted.number(name::storage_size);
    if (size && !(*size > 0 && *size <= largest))
        throw Error(Fault::invalid, std::string(name::storage_size) + " must be above 0 and at most " +
                                        std::to_string(static_cast<int>(largest)) + " GiB");
    if (size) record.bytes = to_bytes(*size);
    check_size(context_, record.bytes);
    return record;
}

// Two at the same moment may choose the same one: then the term means that of them whose id comes first.
void Storages::offer_as_template(state::StorageRecord& record) const {
    const auto wish = record.title.empty() ? std::string(text::last_segment(record.url)) : record.title;
    record.os_term = new_term(*look(context_), wish);
}

Made Storages::create(const occi::Resource& wanted, const Terms& terms) {
    look_connected(context_);
    auto record = record_of(wanted, terms);
    record.id = new_uuid();
    if (record.url.empty()) {
        if (record.bytes == 0) throw Error(Fault::invalid, "the disk has neither a SIZE nor a URL");
        check_room(0);
        return begin(record, KindOfOperation::create_storage, terms);
    }
    // What the tables of a large image say is known when it is copied.
    const auto found = originals_.open(record.url, image::quickly()).found;
    fit(record, found, record.url);
    check_size(context_, record.bytes);
    check_room(found.allocated_bytes);
    offer_as_template(record);
    return begin(record, KindOfOperation::import_storage, terms);
}

Made Storages::begin(const state::StorageRecord& record, KindOfOperation kind, const Terms& terms) {
    context_.inventory.put(record);
    try {
        return {record.id, submit(context_, kind, record.id, terms, record.url)};
    } catch (...) {
        context_.inventory.drop_storage(record.id);
        throw;
    }
}

void Storages::check_room(std::uint64_t bytes) { service::check_room(context_, bytes); }

// ---- what a client sends -------------------------------------------------------------------------------------------

Arrival Storages::receive(std::uint64_t bytes) {
    look_connected(context_);
    check_room(bytes);
    Arrival arrival{new_uuid(), nullptr};
    arrival.bytes = context_.host.storage().receive(arrival.id);
    return arrival;
}

Made Storages::create(Arrival arrival, const occi::Resource& wanted, const Terms& terms) {
    look_connected(context_);
    auto record = record_of(wanted, terms);
    record.id = arrival.id;
    constexpr auto what = "the uploaded file";
    fit(record, originals_.look(arrival.bytes->descriptor(), what, image::quickly()), what);
    check_size(context_, record.bytes);
    offer_as_template(record);
    arrived_.with([&](auto& arrived) { arrived[record.id] = std::move(arrival.bytes); });
    Defer forget([&] { arrived_.with([&](auto& arrived) { arrived.erase(record.id); }); });
    auto made = begin(record, KindOfOperation::upload_storage, terms);
    forget.dismiss();
    return made;
}

// What came is in the pool already and only gets its name. After a crash before that it is gone.
void Storages::keep(const Uuid& id, state::Task& task) {
    if (context_.host.storage().find(id)) return;
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->storage_records, id);
    const auto arrived = arrived_.with([&](auto& all) {
        const auto found = all.find(id);
        return found == all.end() ? nullptr : found->second;
    });
    if (!record) throw Error(Fault::conflict, "storage " + id + " was removed");
    if (!arrived) throw Error(Fault::conflict, "the agent ended before the upload was kept: send it again");
    const auto found =
        originals_.look(arrived->descriptor(), "the uploaded file", image::wholly(task.stop()));
    arrived->keep(format_of(found), record->bytes);
}

// ---- copies --------------------------------------------------------------------------------------------------------

// The original is opened and looked at again: between the answer and now, or over a restart, it may have become
// another.
void Storages::copy(const Uuid& id, state::Task& task) {
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->storage_records, id);
    if (!record) throw Error(Fault::conflict, "storage " + id + " was removed");
    const auto original = originals_.open(record->url, image::wholly(task.stop()));
    if (original.found.virtual_bytes > record->bytes)
        throw Error(Fault::conflict, record->url + " has grown since it was asked for");
    const auto all = std::max<std::uint64_t>(original.found.file_bytes, 1);
    context_.host.storage().import(
        id, format_of(original.found), original.source.get(), record->bytes,
        [&](std::uint64_t done) { task.progress(static_cast<unsigned>(std::min(done, all) * 100 / all)); },
        task.stop());
}

// Claimed from its beginning to its end by the record that is leaving; others know nothing of that.
void Storages::make_sure_unused(const Uuid& id) {
    refuse_used(id, {}, ask_users(context_, id));
    refuse_left_overlays(context_, id);
}

void Storages::remove_volume(const Uuid& id) {
    context_.host.storage().remove(id);
    context_.inventory.reread_volume(id);
}

void Storages::ended_creation(const state::Operation& operation) {
    const auto& id = operation.target;
    arrived_.with([&](auto& arrived) { arrived.erase(id); });
    context_.inventory.reread_volume(id);
    const auto seen = context_.inventory.now();
    const auto* found = state::find(seen->storage_records, id);
    if (!found || found->phase == state::Phase::leaving) return; // its removal comes next
    if (operation.stage == state::Stage::cancelled) return context_.inventory.drop_storage(id);
    change_record(id, [&](state::StorageRecord& record) {
        if (record.phase == state::Phase::leaving) return;
        record.phase = operation.stage == state::Stage::done ? state::Phase::ready : state::Phase::failed;
        record.message = operation.message;
    });
}

// While the hypervisor is away it is asked when it is back, before anything is removed.
Users Storages::users_if_asked(const Uuid& id) {
    const auto seen = look(context_);
    if (!seen->connected) return shown_users(*seen, id);
    try {
        auto users = ask_users(context_, id);
        refuse_left_overlays(context_, id);
        return users;
    } catch (const Error& failure) {
        if (failure.fault() != Fault::unavailable && failure.fault() != Fault::timeout) throw;
        return shown_users(*seen, id);
    }
}

bool Storages::may_remove(const Uuid& id, const auth::Principal& who) {
    show(id, who); // not_found
    refuse_foreign_pool(*look(context_));
    const auto users = users_if_asked(id);
    (void)context_.claims.claim([&](const Claimed& others) {
        refuse_used(id, others, users);
        return Claimed();
    });
    return true;
}

state::Operation Storages::remove(const Uuid& id, const Terms& terms) {
    show(id, terms.who); // not_found
    refuse_foreign_pool(*look(context_));
    bool leaves_already = false;
    const auto users = users_if_asked(id);
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        const auto seen = look(context_);
        const auto* ours = state::find(seen->storage_records, id);
        if (!ours) throw Error(Fault::not_found, "there is no storage " + id);
        leaves_already = ours->phase == state::Phase::leaving;
        refuse_used(id, others, users);
        Claimed mine;
        mine.leaving.insert(id);
        return mine;
    });
    if (leaves_already)
        if (auto under_way = context_.operations.holder(id);
            under_way && is(*under_way, KindOfOperation::delete_storage))
            return *under_way;
    return begin_removal(id, terms);
}

state::Operation Storages::begin_removal(const Uuid& id, const Terms& terms) {
    if (terms.check) terms.check(); // our own mark changes what is shown
    auto before = state::Phase::ready;
    change_record(id, [&](state::StorageRecord& record) {
        before = std::exchange(record.phase, state::Phase::leaving);
    });
    try {
        return submit(context_, KindOfOperation::delete_storage, id, terms);
    } catch (...) {
        change_record(id, [&](state::StorageRecord& record) { record.phase = before; });
        throw;
    }
}

// `leaves_parts`: what it has done has to be taken back when it fails.
state::OperationKind Storages::creation(KindOfOperation kind, const char* step,
                                        const std::function<void(const state::Operation&, state::Task&)>& run,
                                        bool leaves_parts) {
    return serve(kind, [this, step, run, leaves_parts](const state::Operation& operation) {
        state::Work work;
        const auto id = operation.target;
        work.steps.push_back({step, [this, run, operation](state::Task& task) {
                                  run(operation, task);
                                  context_.inventory.reread_volume(operation.target);
                              }});
        work.steps.back().see = see_volume(context_, id, std::string(step) + " storage " + id, 1);
        if (leaves_parts)
            work.steps.back().undo = [this, id = operation.target](state::Task&) { remove_volume(id); };
        work.ended = [this](const state::Operation& ended) { ended_creation(ended); };
        return work;
    });
}

// It is still there, and so is who uses it: the client can try again.
void Storages::give_back(const state::Operation& ended) {
    context_.inventory.reread_volume(ended.target);
    const auto seen = context_.inventory.now();
    const bool is_there = state::find(seen->volumes, ended.target) != nullptr;
    change_record(ended.target, [&](state::StorageRecord& record) {
        record.phase = is_there ? state::Phase::ready : state::Phase::failed;
        record.message = ended.message;
    });
}

state::Work Storages::removal(const state::Operation& operation) {
    state::Work work;
    const auto& id = operation.target;
    work.steps.push_back(
        {"make sure that nobody uses it", [this, id](state::Task&) { make_sure_unused(id); }});
    work.steps.push_back({"remove", [this, id](state::Task&) { remove_volume(id); }, {}, true});
    work.steps.back().see = see_no_volume(context_, id);
    work.ended = [this](const state::Operation& ended) {
        if (ended.stage == state::Stage::done) return context_.inventory.drop_storage(ended.target);
        give_back(ended);
    };
    return work;
}

void Storages::make_blank(const Uuid& id) {
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->storage_records, id);
    if (!record) throw Error(Fault::conflict, "storage " + id + " was removed");
    context_.host.storage().create(id, record->bytes);
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
