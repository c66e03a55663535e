#include "agent/service/storages.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/patience.hh"
#include "agent/service/units.hh"
#include "agent/service/users.hh"
#include "drivers/image/probe.hh"
#include "drivers/image/source.hh"

#include <array>

namespace service {
namespace {

namespace name = occi::name;

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t reserve = 64 * mebibyte; // stays free in the pool
constexpr auto patience_for_blank = std::chrono::seconds(2);

std::uint64_t in_mebibytes(std::uint64_t bytes) { return (bytes + mebibyte - 1) / mebibyte; }

struct Shown {
    std::string_view phase, state;
};
// By state::Phase.
constexpr std::array shown_phases{Shown{"pending", "offline"}, Shown{"ready", "online"},
                                  Shown{"failed", "error"}, Shown{"deleting", "offline"}};

} // namespace

std::vector<std::string> Storages::list(const auth::Principal& who) const {
    std::vector<std::string> ids;
    for (const auto& [id, record] : look(node_)->storage_records)
        if (who.may_use(record->owner)) ids.push_back(id);
    return ids;
}

occi::Resource Storages::show(const Uuid& id, const auth::Principal& who) const {
    const auto seen = look(node_);
    const auto* record = state::find(seen->storage_records, id);
    if (!record || !who.may_use(record->owner))
        throw Error(Fault::not_found, "there is no storage " + text::printable(id));
    const auto* volume = state::find(seen->volumes, id);
    const bool lost = record->phase == state::Phase::ready && !volume;
    const auto& words =
        shown_phases.at(static_cast<std::size_t>(lost ? state::Phase::failed : record->phase));

    occi::Resource shown;
    shown.id = id;
    shown.kind = node_.model.known().storage;
    auto& values = shown.attributes;
    values[name::title] = record->title;
    values[name::owner] = record->owner;
    values[name::storage_size] = to_gib(volume ? volume->bytes : record->bytes);
    values[name::phase] = std::string(words.phase);
    values[name::storage_state] = std::string(words.state);
    if (!record->url.empty()) values[name::image_url] = record->url;
    if (lost)
        values[name::storage_message] = "its volume is no longer in the pool";
    else if (!record->message.empty())
        values[name::storage_message] = record->message;
    return shown;
}

Uuid Storages::create(const occi::Resource& wanted, const auth::Principal& who) {
    state::StorageRecord record;
    record.id = new_uuid();
    record.owner = who.name;
    record.title = wanted.string(name::title).value_or("");
    record.url = wanted.string(name::image_url).value_or("");
    const auto size = wanted.number(name::storage_size);
    if (size) record.bytes = to_bytes(*size);

    Descriptor source;
    image::Found found;
    if (!record.url.empty()) {
        source = image::open(record.url, node_.settings.import_from);
        found = image::probe(source.get(), record.url);
        if (size && in_mebibytes(record.bytes) < in_mebibytes(found.virtual_bytes))
            throw Error(Fault::invalid,
                        "SIZE " + std::to_string(in_mebibytes(record.bytes)) + " is less than the " +
                            std::to_string(in_mebibytes(found.virtual_bytes)) + " MB of " + record.url);
        record.bytes = std::max(record.bytes, found.virtual_bytes);
    } else if (!size) {
        throw Error(Fault::invalid, "a disk needs a URL or a SIZE");
    }

    const auto free = node_.host.storage().available();
    if (found.file_bytes + reserve > free)
        throw Error(Fault::conflict,
                    "no room in the pool: " + std::to_string(in_mebibytes(found.file_bytes)) +
                        " MB are needed, " + std::to_string(in_mebibytes(free)) + " MB are free");
    node_.inventory.put(record);

    const auto format = found.kind == image::Kind::qcow2 ? hv::Format::qcow2 : hv::Format::raw;
    const bool blank = record.url.empty();
    const auto id = record.id;
    auto original = std::make_shared<Descriptor>(std::move(source));
    state::Operations::Ticket ticket = 0;
    try {
        ticket = node_.operations.submit(
            id, "make storage",
            [this, record, original, format](std::stop_token stop) {
                import(record, *original, format, stop);
            },
            blank ? state::Operations::Weight::light : state::Operations::Weight::bulk);
    } catch (...) {
        node_.inventory.drop_storage(id);
        throw;
    }
    if (blank) node_.operations.wait(ticket, patience_for_blank);
    return id;
}

void Storages::import(state::StorageRecord record, const Descriptor& source, hv::Format format,
                      std::stop_token stop) try {
    auto& storage = node_.host.storage();
    if (source)
        storage.import(
            record.id, format, source.get(), record.bytes, [](std::uint64_t) {}, stop);
    else
        storage.create(record.id, record.bytes);
    node_.inventory.reread_volume(record.id);
    if (stop.stop_requested()) return; // its removal comes next and takes the volume along
    record.phase = state::Phase::ready;
    node_.inventory.put(record);
    logging::info("storage {} is ready", record.id);
} catch (const std::exception& failure) {
    if (stop.stop_requested()) return;
    fail(std::move(record), failure.what());
}

void Storages::fail(state::StorageRecord record, const std::string& why) {
    logging::warning("storage {} failed: {}", record.id, why);
    remove_quietly([&] { node_.host.storage().remove(record.id); }, "volume " + record.id);
    remove_quietly([&] { node_.inventory.reread_volume(record.id); }, "sight of volume " + record.id);
    record.phase = state::Phase::failed;
    record.message = why;
    node_.inventory.put(record);
}

bool Storages::remove(const Uuid& id, const auth::Principal& who, std::chrono::milliseconds patience) {
    show(id, who); // not_found
    std::optional<state::StorageRecord> record;
    const auto claim = node_.claims.claim([&](const Claimed& others) {
        const auto seen = look(node_);
        if (const auto* ours = state::find(seen->storage_records, id))
            record = *ours;
        else
            throw Error(Fault::not_found, "there is no storage " + id);
        if (const auto user = user_of_image(*seen, id))
            throw Error(Fault::conflict, "storage " + id + " is used by compute " + *user);
        for (const auto& [other, volume] : seen->volumes)
            if (volume->backing == id)
                throw Error(Fault::conflict, "storage " + id + " is what volume " + other + " is a clone of");
        if (others.used.contains(id))
            throw Error(Fault::conflict, "storage " + id + " is used by a compute that is being made");
        Claimed mine;
        mine.leaving.insert(id);
        return mine;
    });
    if (record->phase != state::Phase::leaving) {
        record->phase = state::Phase::leaving;
        node_.inventory.put(*record);
        begin_removal(id);
    }
    return node_.inventory.wait(
        [&](const state::Snapshot& seen) { return !seen.storage_records.contains(id); }, patience);
}

void Storages::begin_removal(const Uuid& id) {
    node_.operations.cancel(id);
    node_.operations.submit(id, "remove storage", [this, id](std::stop_token stop) {
        until_done(node_, "remove storage " + id, stop, [&] {
            node_.host.storage().remove(id);
            node_.inventory.reread_volume(id);
            node_.inventory.drop_storage(id);
        });
    });
}

void Storages::resume(const state::Snapshot& at_start) {
    for (const auto& [id, record] : at_start.storage_records) {
        if (record->phase == state::Phase::leaving) begin_removal(id);
        if (record->phase == state::Phase::coming)
            fail(*record, "the agent was stopped while it copied the original");
    }
    const auto seen = look(node_);
    for (const auto& [id, volume] : seen->volumes) {
        const bool of_a_machine = !volume->backing.empty() || user_of_volume(*seen, id);
        if (of_a_machine || seen->storage_records.contains(id)) continue;
        logging::info("volume {} has no record: shown without owner and name", id);
        node_.inventory.put(state::StorageRecord{id, "", "", "", volume->bytes, state::Phase::ready, ""});
    }
}

} // namespace service
