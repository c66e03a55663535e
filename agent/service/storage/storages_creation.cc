#include "agent/service/storage/storages.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/effect.hh"
#include "agent/service/storage/os_templates.hh"
#include "agent/service/storage/room.hh"
#include "agent/service/submit.hh"
#include "agent/service/units.hh"

#include <algorithm>
#include <utility>

namespace service {
namespace {

namespace name = occi::name;

hv::Format format_of(const image::Found& found) {
    return found.kind == image::Kind::qcow2 ? hv::Format::qcow2 : hv::Format::raw;
}

// As large as was asked for, but never smaller than the original.
void fit(state::StorageRecord& record, const image::Found& found, const std::string& original) {
    if (record.bytes != 0 && in_mebibytes(record.bytes) < in_mebibytes(found.virtual_bytes))
        throw Error(Fault::invalid,
                    "the size of " + std::to_string(in_mebibytes(record.bytes)) + " MiB is less than the " +
                        std::to_string(in_mebibytes(found.virtual_bytes)) + " MiB of " + original);
    record.bytes = std::max(record.bytes, found.virtual_bytes);
}

} // namespace

state::StorageRecord Storages::record_of(const occi::Resource& wanted, const Terms& terms) const {
    state::StorageRecord record;
    record.owner = terms.who.name;
    record.group = terms.who.group;
    record.share = share_in(wanted, record.group);
    record.title = wanted.string(name::title).value_or("");
    record.url = wanted.string(name::image_url).value_or("");
    record.summary = wanted.string(name::summary).value_or("");
    const auto size = wanted.number(name::storage_size);
    if (size && !(*size > 0 && *size <= largest_gib))
        throw Error(Fault::invalid, "the size of a storage is more than 0 and at most " +
                                        std::to_string(static_cast<int>(largest_gib)) + " GiB");
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
        if (record.bytes == 0)
            throw Error(Fault::invalid, "a storage needs a size, or the URL of an image that has one");
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
        return {record.id, submit(context_, kind, record.id, terms, Source{record.url})};
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

// Behind the word "image".
constexpr auto uploaded = "in field \"file\"";

Made Storages::create(Arrival arrival, const occi::Resource& wanted, const Terms& terms) {
    look_connected(context_);
    auto record = record_of(wanted, terms);
    record.id = arrival.id;
    fit(record, originals_.look(arrival.bytes->descriptor(), uploaded, image::quickly()),
        "the uploaded image");
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
    const auto found = originals_.look(arrived->descriptor(), uploaded, image::wholly(task.stop()));
    arrived->keep(format_of(found), record->bytes);
}

// ---- steps ---------------------------------------------------------------------------------------------------------

void Storages::make_blank(const Uuid& id) {
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->storage_records, id);
    if (!record) throw Error(Fault::conflict, "storage " + id + " was removed");
    context_.host.storage().create(id, record->bytes);
}

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

} // namespace service
