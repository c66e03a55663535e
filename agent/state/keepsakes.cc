#include "agent/state/keepsakes.hh"

#include "agent/base/log.hh"
#include "agent/base/named_uuid.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"

#include <algorithm>
#include <functional>
#include <optional>
#include <pthread.h>

namespace state {
namespace {

constexpr auto between_attempts = std::chrono::seconds(10);
constexpr std::size_t longest_text = 4096, most_members = 10'000;
constexpr std::uint64_t most_place = std::uint64_t{1} << 53; // nobody makes so many

// Mixins have names that are no UUID, as long as a URL.
Uuid note_of_mixin(const std::string& id) {
    static const Uuid space = "b0a3a7a4-5d0e-4c55-9d0d-3f1a8f1f6c11";
    return named_uuid(space, id);
}

// ---- writing -------------------------------------------------------------------------------------------------------

std::string to_note(const StorageRecord& record) {
    xml::Writer out;
    out.open("storage")
        .attribute("id", record.id)
        .attribute("owner", record.owner)
        .attribute("title", record.title)
        .attribute("url", record.url)
        .attribute("summary", record.summary)
        .attribute("template", record.os_term)
        .attribute("offline", record.offline ? "1" : "0")
        .attribute("place", std::to_string(record.place))
        .attribute("group", record.group)
        .attribute("share", to_text(record.share));
    return out.close().take();
}

std::string to_note(const NetworkRecord& record) {
    xml::Writer out;
    out.open("network")
        .attribute("id", record.id)
        .attribute("owner", record.owner)
        .attribute("title", record.title)
        .attribute("summary", record.summary)
        .attribute("label", record.label)
        .attribute("size", record.size)
        .attribute("down", record.down ? "1" : "0")
        .attribute("place", std::to_string(record.place))
        .attribute("group", record.group)
        .attribute("share", to_text(record.share));
    return out.close().take();
}

std::string to_note(const MixinRecord& record) {
    xml::Writer out;
    out.open("mixin")
        .attribute("id", record.id)
        .attribute("scheme", record.scheme)
        .attribute("term", record.term)
        .attribute("title", record.title)
        .attribute("owner", record.owner)
        .attribute("location", record.location)
        .attribute("group", record.group);
    for (const auto& member : record.members) out.open("member").attribute("id", member).close();
    return out.close().take();
}

std::string to_part(const Uuid& volume, const Uuid& machine) {
    xml::Writer out;
    return out.open("part").attribute("id", volume).attribute("compute", machine).close().take();
}

struct Note {
    std::string text;
    hv::Notes::Durable durable = hv::Notes::Durable::yes;
};

std::map<Uuid, Note> wanted_notes(const Snapshot& seen) {
    std::map<Uuid, Note> notes;
    for (const auto& [id, record] : seen.storage_records)
        if (record->phase != Phase::leaving && record->phase != Phase::failed) notes[id] = {to_note(*record)};
    for (const auto& [id, record] : seen.network_records)
        if (record->phase == Phase::ready) notes[id] = {to_note(*record)};
    for (const auto& [id, record] : seen.mixin_records) notes[note_of_mixin(id)] = {to_note(*record)};
    // One that is lost costs a volume without a name when machine and store are lost as well: no creation waits for the
    // disk for that.
    for (const auto& [id, record] : seen.compute_records) {
        if (record->phase == Phase::failed) continue;
        for (const auto& disk : record->spec.disks)
            if (!disk.volume.empty() && disk.content != hv::Content::storage)
                notes.emplace(disk.volume, Note{to_part(disk.volume, id), hv::Notes::Durable::no});
    }
    return notes;
}

// ---- reading -------------------------------------------------------------------------------------------------------

// nullopt: it is not what we would have written.
std::optional<std::string> read_text(const xml::Element& element, std::string_view name) {
    const auto* value = element.attribute(name);
    if (!value || value->size() > longest_text || !text::is_utf8(*value)) return std::nullopt;
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    if (std::ranges::any_of(*value, is_control)) return std::nullopt;
    return *value;
}

// All of them, or nothing.
template <class... Text>
bool read_all(const xml::Element& element, std::initializer_list<std::string_view> names, Text&... into) {
    auto name = names.begin();
    const auto read = [&](std::string& text) {
        const auto value = read_text(element, *name++);
        if (value) text = *value;
        return value.has_value();
    };
    return (read(into) && ...);
}

bool is_set(const xml::Element& element, std::string_view name) {
    const auto* value = element.attribute(name);
    return value && *value == "1";
}

// Earlier releases have written none.
std::uint64_t read_place(const xml::Element& element) {
    const auto* value = element.attribute("place");
    return value ? text::to_number(*value, most_place).value_or(0) : 0;
}

// The same.
template <class Record> void read_group(const xml::Element& element, Record& record) {
    record.group = read_text(element, "group").value_or("");
    if constexpr (requires { record.share; })
        record.share = share_or_none(read_text(element, "share").value_or(""));
}

void read_note(const Uuid& id, const xml::Element& note, Kept& kept) {
    std::string said;
    if (!read_all(note, {"id"}, said)) return;
    if (note.name == "storage" && said == id) {
        StorageRecord record;
        record.id = id;
        record.phase = Phase::ready;
        record.offline = is_set(note, "offline");
        record.place = read_place(note);
        read_group(note, record);
        if (read_all(note, {"owner", "title", "url", "summary", "template"}, record.owner, record.title,
                     record.url, record.summary, record.os_term))
            kept.storages.push_back(std::move(record));
    } else if (note.name == "network" && said == id) {
        NetworkRecord record;
        record.id = id;
        record.phase = Phase::ready;
        record.down = is_set(note, "down");
        record.place = read_place(note);
        read_group(note, record);
        record.label = read_text(note, "label").value_or(""); // earlier releases knew none
        if (read_all(note, {"owner", "title", "summary", "size"}, record.owner, record.title, record.summary,
                     record.size))
            kept.networks.push_back(std::move(record));
    } else if (note.name == "mixin" && note_of_mixin(said) == id) {
        MixinRecord record;
        record.id = said;
        read_group(note, record);
        if (!read_all(note, {"scheme", "term", "title", "owner", "location"}, record.scheme, record.term,
                      record.title, record.owner, record.location))
            return;
        if (record.id != record.scheme + record.term || record.location.size() < 3 ||
            !record.location.starts_with('/') || !record.location.ends_with('/'))
            return;
        for (const auto& member : note.children)
            if (const auto* other = member.attribute("id");
                other && is_uuid(*other) && record.members.size() < most_members)
                record.members.insert(*other);
        kept.mixins.push_back(std::move(record));
    } else if (note.name == "part" && said == id) {
        kept.parts.insert(id);
    }
}

} // namespace

Kept read_notes(const std::map<Uuid, std::string>& notes) {
    Kept kept;
    for (const auto& [id, text] : notes) try {
            read_note(id, xml::parse(text), kept);
        } catch (const std::exception& failure) {
            logging::warning("the note {} in the pool cannot be understood: {}", id, failure.what());
        }
    return kept;
}

void Keepsakes::begin() {
    if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

// Whether all of it is written.
bool Keepsakes::write(const Snapshot& seen) try {
    const auto notes = wanted_notes(seen);
    for (const auto& [id, note] : notes) {
        const auto hash = std::hash<std::string>{}(note.text);
        if (const auto known = written_.find(id); known != written_.end() && known->second == hash) continue;
        notes_.keep(id, note.text, note.durable);
        written_[id] = hash;
    }
    for (auto known = written_.begin(); known != written_.end();) {
        if (!notes.contains(known->first)) {
            notes_.drop(known->first);
            known = written_.erase(known);
        } else {
            ++known;
        }
    }
    return true;
} catch (const std::exception& failure) {
    logging::warning("names and owners cannot be written down beside the volumes: {}; it will be tried again",
                     failure.what());
    return false;
}

void Keepsakes::work(const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "keepsakes");
    bool begun = false, done = false;
    std::shared_ptr<const Snapshot> last;
    const auto is_same = [&](const Snapshot& seen) {
        return last && seen.storage_records.shares_all_with(last->storage_records) &&
               seen.network_records.shares_all_with(last->network_records) &&
               seen.mixin_records.shares_all_with(last->mixin_records) &&
               seen.compute_records.shares_all_with(last->compute_records);
    };
    while (!stop.stop_requested()) {
        const auto seen = inventory_.now();
        if (!begun) {
            try {
                for (const auto& [id, text] : notes_.list()) written_[id] = std::hash<std::string>{}(text);
                begun = true;
            } catch (const std::exception& failure) {
                logging::warning("{}", failure.what());
            }
        }
        done = begun && write(*seen);
        last = seen;
        const auto pause = done ? std::chrono::milliseconds(std::chrono::hours(1))
                                : std::chrono::milliseconds(between_attempts);
        inventory_.wait([&](const Snapshot& newest) { return done && !is_same(newest); }, pause, stop);
    }
}

} // namespace state
