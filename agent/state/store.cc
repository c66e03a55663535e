#include "agent/state/store.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "drivers/note.hh"

namespace state {
namespace {

constexpr auto sync = Database::Sync::later;

template <class T> T to_enum(std::int64_t number, T last) {
    if (number < 0 || number > static_cast<std::int64_t>(last))
        throw Error(Fault::unavailable,
                    "the agent's own store: the value " + std::to_string(number) + " is unknown");
    return static_cast<T>(number);
}

Phase to_phase(std::int64_t number) { return to_enum(number, Phase::leaving); }

} // namespace

std::vector<ComputeRecord> Store::computes() {
    std::vector<ComputeRecord> all;
    database_.read([&](sqlite3* database) {
        for (Statement rows(database, "SELECT id, phase, message, note FROM compute"); rows.next();) {
            ComputeRecord record;
            record.id = rows.text();
            record.phase = to_phase(rows.integer());
            record.message = rows.text();
            record.spec = hv::from_note(xml::parse(rows.text()));
            all.push_back(std::move(record));
        }
    });
    return all;
}

std::vector<StorageRecord> Store::storages() {
    std::vector<StorageRecord> all;
    database_.read([&](sqlite3* database) {
        for (Statement rows(database,
                            "SELECT id, phase, message, owner, title, url, bytes, offline, summary, "
                            "os_term FROM storage");
             rows.next();) {
            StorageRecord record;
            record.id = rows.text();
            record.phase = to_phase(rows.integer());
            record.message = rows.text();
            record.owner = rows.text();
            record.title = rows.text();
            record.url = rows.text();
            record.bytes = rows.natural();
            record.offline = rows.integer() != 0;
            record.summary = rows.text();
            record.os_term = rows.text();
            all.push_back(std::move(record));
        }
    });
    return all;
}

std::vector<NetworkRecord> Store::networks() {
    std::vector<NetworkRecord> all;
    database_.read([&](sqlite3* database) {
        for (Statement rows(database, "SELECT id, phase, owner, title, size, down, summary FROM network");
             rows.next();) {
            NetworkRecord record;
            record.id = rows.text();
            record.phase = to_phase(rows.integer());
            record.owner = rows.text();
            record.title = rows.text();
            record.size = rows.text();
            record.down = rows.integer() != 0;
            record.summary = rows.text();
            all.push_back(std::move(record));
        }
    });
    return all;
}

std::vector<MixinRecord> Store::mixins() {
    std::vector<MixinRecord> all;
    database_.read([&](sqlite3* database) {
        for (Statement rows(database, "SELECT id, scheme, term, title, owner, location, members FROM mixin");
             rows.next();) {
            MixinRecord record;
            record.id = rows.text();
            record.scheme = rows.text();
            record.term = rows.text();
            record.title = rows.text();
            record.owner = rows.text();
            record.location = rows.text();
            for (auto& member : text::split(rows.text(), ' '))
                if (!member.empty()) record.members.insert(std::move(member));
            all.push_back(std::move(record));
        }
    });
    return all;
}

std::vector<Sighting> Store::sightings() {
    std::vector<Sighting> all;
    database_.read([&](sqlite3* database) {
        for (Statement rows(database, "SELECT id, owner, state, reason, since FROM sighting"); rows.next();) {
            Sighting sighting;
            sighting.id = rows.text();
            sighting.owner = rows.text();
            sighting.state = to_enum(rows.integer(), hv::MachineState::unknown);
            sighting.reason = rows.text();
            sighting.since = rows.time();
            all.push_back(std::move(sighting));
        }
    });
    return all;
}

void Store::put(const ComputeRecord& record) {
    database_.write(sync, [&](sqlite3* database) {
        Statement(database, "INSERT OR REPLACE INTO compute (id, phase, message, note) VALUES (?, ?, ?, ?)")
            .bind(record.id)
            .bind(static_cast<int>(record.phase))
            .bind(record.message)
            .bind(hv::to_note(record.spec))
            .run();
    });
}

void Store::put(const StorageRecord& record) {
    database_.write(sync, [&](sqlite3* database) {
        Statement(database, "INSERT OR REPLACE INTO storage (id, phase, message, owner, title, url, bytes, "
                            "offline, summary, os_term) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(record.id)
            .bind(static_cast<int>(record.phase))
            .bind(record.message)
            .bind(record.owner)
            .bind(record.title)
            .bind(record.url)
            .bind(record.bytes)
            .bind(record.offline ? 1 : 0)
            .bind(record.summary)
            .bind(record.os_term)
            .run();
    });
}

void Store::put(const NetworkRecord& record) {
    database_.write(sync, [&](sqlite3* database) {
        Statement(database, "INSERT OR REPLACE INTO network (id, phase, owner, title, size, down, summary) "
                            "VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(record.id)
            .bind(static_cast<int>(record.phase))
            .bind(record.owner)
            .bind(record.title)
            .bind(record.size)
            .bind(record.down ? 1 : 0)
            .bind(record.summary)
            .run();
    });
}

void Store::put(const MixinRecord& record) {
    std::string members;
    for (const auto& member : record.members) members.append(members.empty() ? "" : " ").append(member);
    database_.write(sync, [&](sqlite3* database) {
        Statement(database,
                  "INSERT OR REPLACE INTO mixin (id, scheme, term, title, owner, location, members) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(record.id)
            .bind(record.scheme)
            .bind(record.term)
            .bind(record.title)
            .bind(record.owner)
            .bind(record.location)
            .bind(members)
            .run();
    });
}

void Store::put(const std::vector<Sighting>& sightings) {
    if (sightings.empty()) return;
    database_.write(sync, [&](sqlite3* database) {
        for (const auto& sighting : sightings)
            Statement(
                database,
                "INSERT OR REPLACE INTO sighting (id, owner, state, reason, since) VALUES (?, ?, ?, ?, ?)")
                .bind(sighting.id)
                .bind(sighting.owner)
                .bind(static_cast<int>(sighting.state))
                .bind(sighting.reason)
                .bind(sighting.since)
                .run();
    });
}

void Store::drop(const char* sql, const Uuid& id) {
    database_.write(sync, [&](sqlite3* database) { Statement(database, sql).bind(id).run(); });
}
void Store::drop_compute(const Uuid& id) { drop("DELETE FROM compute WHERE id = ?", id); }
void Store::drop_storage(const Uuid& id) { drop("DELETE FROM storage WHERE id = ?", id); }
void Store::drop_network(const Uuid& id) { drop("DELETE FROM network WHERE id = ?", id); }

void Store::drop_mixin(const std::string& id) { drop("DELETE FROM mixin WHERE id = ?", id); }

void Store::drop_sightings(const std::vector<Uuid>& ids) {
    if (ids.empty()) return;
    database_.write(sync, [&](sqlite3* database) {
        for (const auto& id : ids) Statement(database, "DELETE FROM sighting WHERE id = ?").bind(id).run();
    });
}

} // namespace state
