#include "agent/state/store.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "drivers/note.hh"

#include <set>

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

Uuid to_id(std::string text) {
    if (!is_uuid(text)) throw Error(Fault::unavailable, "its id is no UUID");
    return text;
}

} // namespace

// What cannot be understood is moved out of the way, row by row: one that is broken must not take the others with it.
template <class Record>
std::vector<Record> Store::read_rows(const std::string& table, const char* columns,
                                     Record (*read)(Statement&)) {
    struct Broken {
        std::int64_t row;
        std::string why, content;
    };
    std::vector<Record> all;
    std::vector<Broken> broken;
    const auto look = [&](sqlite3* database) {
        all.clear();
        broken.clear();
        Statement rows(database, ("SELECT rowid, " + std::string(columns) + " FROM " + table).c_str());
        while (rows.next()) {
            const auto row = rows.integer();
            try {
                all.push_back(read(rows));
            } catch (const std::exception& failure) {
                broken.push_back({row, failure.what(), rows.content()});
            }
        }
    };
    try {
        database_.read(look);
    } catch (const Error&) {
        database_.read(look); // when it was damaged, it has been begun anew
    }
    if (!broken.empty()) database_.set_incomplete();
    for (const auto& [row, why, content] : broken) {
        const auto sentence = "a row of the table " + table +
                              " of the agent's own store cannot be understood (" + text::printable(why) +
                              "): it is kept in the table set_aside";
        logging::error("{}", sentence);
        database_.add_trouble(sentence);
        database_.write(sync, [&](sqlite3* database) {
            Statement(database, "INSERT INTO set_aside (at, source, why, content) VALUES (?, ?, ?, ?)")
                .bind(std::chrono::system_clock::now())
                .bind(table)
                .bind(why)
                .bind(content)
                .run();
            Statement(database, ("DELETE FROM " + table + " WHERE rowid = ?").c_str()).bind(row).run();
        });
    }
    return all;
}

namespace {

using Secrets = std::map<std::string, std::string>;

Secrets secrets_of(sqlite3* database, const Uuid& compute) {
    Secrets secrets;
    Statement rows(database, "SELECT name, value FROM secret WHERE compute = ?");
    rows.bind(compute);
    while (rows.next()) {
        auto name = rows.text();
        secrets[std::move(name)] = rows.text();
    }
    return secrets;
}

// Whether something was there that must not be found any more. Answers that repeat it go as well: a client that asks
// again is told the status and where to look.
bool replace_secrets(sqlite3* database, const Uuid& compute, const Secrets& secrets) {
    const auto before = secrets_of(database, compute);
    if (before == secrets) return false;
    Statement(database, "DELETE FROM secret WHERE compute = ?").bind(compute).run();
    for (const auto& [name, value] : secrets)
        Statement(database, "INSERT INTO secret (compute, name, value) VALUES (?, ?, ?)")
            .bind(compute)
            .bind(name)
            .bind(value)
            .run();
    if (before.empty()) return false;
    Statement(database, "UPDATE answer SET body = '' WHERE instr(body, ?) > 0").bind(compute).run();
    return true;
}

} // namespace

std::vector<ComputeRecord> Store::computes() {
    auto all = read_rows<ComputeRecord>("compute", "id, phase, message, note, place", [](Statement& row) {
        ComputeRecord record;
        record.id = to_id(row.text());
        record.phase = to_phase(row.integer());
        record.message = row.text();
        record.spec = hv::from_note(xml::parse(row.text()));
        record.place = row.natural();
        return record;
    });
    database_.read([&](sqlite3* database) {
        for (auto& record : all) record.secrets = secrets_of(database, record.id);
    });
    return all;
}

std::vector<StorageRecord> Store::storages() {
    return read_rows<StorageRecord>(
        "storage",
        "id, phase, message, owner, title, url, bytes, offline, summary, os_term, place, of_group, share",
        [](Statement& row) {
            StorageRecord record;
            record.id = to_id(row.text());
            record.phase = to_phase(row.integer());
            record.message = row.text();
            record.owner = row.text();
            record.title = row.text();
            record.url = row.text();
            record.bytes = row.natural();
            record.offline = row.integer() != 0;
            record.summary = row.text();
            record.os_term = row.text();
            record.place = row.natural();
            record.group = row.text();
            record.share = share_or_none(row.text());
            return record;
        });
}

std::vector<NetworkRecord> Store::networks() {
    return read_rows<NetworkRecord>(
        "network", "id, phase, owner, title, size, down, summary, place, label, of_group, share",
        [](Statement& row) {
            NetworkRecord record;
            record.id = to_id(row.text());
            record.phase = to_phase(row.integer());
            record.owner = row.text();
            record.title = row.text();
            record.size = row.text();
            record.down = row.integer() != 0;
            record.summary = row.text();
            record.place = row.natural();
            record.label = row.text();
            record.group = row.text();
            record.share = share_or_none(row.text());
            return record;
        });
}

std::vector<MixinRecord> Store::mixins() {
    return read_rows<MixinRecord>("mixin", "id, scheme, term, title, owner, location, members, of_group",
                                  [](Statement& row) {
                                      MixinRecord record;
                                      record.id = row.text();
                                      record.scheme = row.text();
                                      record.term = row.text();
                                      record.title = row.text();
                                      record.owner = row.text();
                                      record.location = row.text();
                                      for (auto& member : text::split(row.text(), ' '))
                                          if (!member.empty()) record.members.insert(std::move(member));
                                      record.group = row.text();
                                      return record;
                                  });
}

std::vector<Sighting> Store::sightings() {
    return read_rows<Sighting>(
        "sighting", "id, owner, state, reason, since, whereabouts, undefined, of_group", [](Statement& row) {
            Sighting sighting;
            sighting.id = row.text();
            sighting.owner = row.text();
            sighting.state = to_enum(row.integer(), hv::MachineState::unknown);
            sighting.reason = row.text();
            sighting.since = row.time();
            sighting.whereabouts = row.text();
            sighting.undefined = row.integer() != 0;
            sighting.group = row.text();
            return sighting;
        });
}

void Store::put(const ComputeRecord& record) {
    bool must_wipe = false;
    database_.write(sync, [&](sqlite3* database) {
        Statement(database,
                  "INSERT OR REPLACE INTO compute (id, phase, message, note, place) VALUES (?, ?, ?, ?, ?)")
            .bind(record.id)
            .bind(static_cast<int>(record.phase))
            .bind(record.message)
            .bind(hv::to_note(record.spec))
            .bind(record.place)
            .run();
        must_wipe = replace_secrets(database, record.id, record.secrets);
    });
    if (must_wipe) database_.wipe();
}

void Store::put(const StorageRecord& record) {
    database_.write(sync, [&](sqlite3* database) {
        Statement(database, "INSERT OR REPLACE INTO storage (id, phase, message, owner, title, url, bytes, "
                            "offline, summary, os_term, place, of_group, share) "
                            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
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
            .bind(record.place)
            .bind(record.group)
            .bind(to_text(record.share))
            .run();
    });
}

void Store::put(const NetworkRecord& record) {
    database_.write(sync, [&](sqlite3* database) {
        Statement(
            database,
            "INSERT OR REPLACE INTO network (id, phase, owner, title, size, down, summary, place, label, "
            "of_group, share) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(record.id)
            .bind(static_cast<int>(record.phase))
            .bind(record.owner)
            .bind(record.title)
            .bind(record.size)
            .bind(record.down ? 1 : 0)
            .bind(record.summary)
            .bind(record.place)
            .bind(record.label)
            .bind(record.group)
            .bind(to_text(record.share))
            .run();
    });
}

// No operation stands before it, which would be refused.
void Store::put(const MixinRecord& record) {
    database_.check_writable();
    std::string members;
    for (const auto& member : record.members) members.append(members.empty() ? "" : " ").append(member);
    database_.write(sync, [&](sqlite3* database) {
        Statement(
            database,
            "INSERT OR REPLACE INTO mixin (id, scheme, term, title, owner, location, members, of_group) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(record.id)
            .bind(record.scheme)
            .bind(record.term)
            .bind(record.title)
            .bind(record.owner)
            .bind(record.location)
            .bind(members)
            .bind(record.group)
            .run();
    });
}

void Store::put(const std::vector<Sighting>& sightings) {
    if (sightings.empty()) return;
    database_.write(sync, [&](sqlite3* database) {
        for (const auto& sighting : sightings)
            Statement(database,
                      "INSERT OR REPLACE INTO sighting (id, owner, state, reason, since, whereabouts, "
                      "undefined, of_group) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
                .bind(sighting.id)
                .bind(sighting.owner)
                .bind(static_cast<int>(sighting.state))
                .bind(sighting.reason)
                .bind(sighting.since)
                .bind(sighting.whereabouts)
                .bind(sighting.undefined ? 1 : 0)
                .bind(sighting.group)
                .run();
    });
}

void Store::drop(const char* sql, const Uuid& id) {
    database_.write(sync, [&](sqlite3* database) { Statement(database, sql).bind(id).run(); });
}
void Store::drop_compute(const Uuid& id) {
    bool must_wipe = false;
    database_.write(sync, [&](sqlite3* database) {
        Statement(database, "DELETE FROM compute WHERE id = ?").bind(id).run();
        must_wipe = replace_secrets(database, id, {});
    });
    if (must_wipe) database_.wipe();
}
void Store::drop_storage(const Uuid& id) { drop("DELETE FROM storage WHERE id = ?", id); }
void Store::drop_network(const Uuid& id) { drop("DELETE FROM network WHERE id = ?", id); }

void Store::drop_mixin(const std::string& id) {
    database_.check_writable();
    drop("DELETE FROM mixin WHERE id = ?", id);
}

template <class Record>
void Store::put_missing(const Table<Record>& records, const std::vector<Record>& there) {
    std::set<std::string> ids;
    for (const auto& record : there) ids.insert(record.id);
    for (const auto& [id, record] : records)
        if (!ids.contains(id)) put(*record);
}

void Store::put_missing(const Snapshot& seen) {
    put_missing(seen.compute_records, computes());
    put_missing(seen.storage_records, storages());
    put_missing(seen.network_records, networks());
    put_missing(seen.mixin_records, mixins());
}

void Store::drop_sightings(const std::vector<Uuid>& ids) {
    if (ids.empty()) return;
    database_.write(sync, [&](sqlite3* database) {
        for (const auto& id : ids) Statement(database, "DELETE FROM sighting WHERE id = ?").bind(id).run();
    });
}

std::string Store::fact(const std::string& name) {
    std::string value;
    database_.read([&](sqlite3* database) {
        Statement row(database, "SELECT value FROM fact WHERE name = ?");
        row.bind(name);
        if (row.next()) value = row.text();
    });
    return value;
}

void Store::put_fact(const std::string& name, const std::string& value) {
    database_.write(sync, [&](sqlite3* database) {
        Statement(database, "INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)")
            .bind(name)
            .bind(value)
            .run();
    });
}

} // namespace state
