#include "agent/state/schema.hh"

#include "agent/base/error.hh"
#include "agent/state/database.hh"

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <sqlite3.h>

namespace state {
namespace {

// "OCCI": by this file(1) and we tell our file from others'. Releases before it had zero there.
constexpr std::int64_t application_id = 0x4f434349;

// What brings the file from version N to N + 1. Never change one that was released: add another.
constexpr std::array migrations{
    R"(CREATE TABLE compute (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, message TEXT NOT NULL, note TEXT NOT NULL) STRICT;
       CREATE TABLE storage (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, message TEXT NOT NULL, owner TEXT NOT NULL,
                             title TEXT NOT NULL, url TEXT NOT NULL, bytes INTEGER NOT NULL) STRICT;
       CREATE TABLE network (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, owner TEXT NOT NULL, title TEXT NOT NULL,
                             size TEXT NOT NULL) STRICT;)",
    R"(CREATE TABLE operation (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
                               subject TEXT NOT NULL, target TEXT NOT NULL, owner TEXT NOT NULL, plan TEXT NOT NULL,
                               key TEXT NOT NULL, stage INTEGER NOT NULL, step INTEGER NOT NULL, steps INTEGER NOT NULL,
                               step_name TEXT NOT NULL, percent INTEGER NOT NULL, message TEXT NOT NULL,
                               fault INTEGER NOT NULL, planned INTEGER NOT NULL, started INTEGER NOT NULL,
                               ended INTEGER NOT NULL) STRICT;
       CREATE INDEX operation_by_stage ON operation (stage);
       CREATE INDEX operation_by_key ON operation (key) WHERE key <> '';
       CREATE TABLE event (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, subject TEXT NOT NULL,
                           id TEXT NOT NULL, owner TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
       CREATE TABLE sighting (id TEXT PRIMARY KEY, owner TEXT NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL,
                              since INTEGER NOT NULL) STRICT;
       CREATE TABLE answer (key TEXT PRIMARY KEY, digest TEXT NOT NULL, final INTEGER NOT NULL, status INTEGER NOT NULL,
                            headers TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL) STRICT;)",
    R"(ALTER TABLE storage ADD COLUMN offline INTEGER NOT NULL DEFAULT 0;
       ALTER TABLE storage ADD COLUMN summary TEXT NOT NULL DEFAULT '';
       ALTER TABLE storage ADD COLUMN os_term TEXT NOT NULL DEFAULT '';
       UPDATE storage SET os_term = 'image-' || substr(id, 1, 8) WHERE url <> '';
       ALTER TABLE network ADD COLUMN down INTEGER NOT NULL DEFAULT 0;
       ALTER TABLE network ADD COLUMN summary TEXT NOT NULL DEFAULT '';
       CREATE TABLE mixin (id TEXT PRIMARY KEY, scheme TEXT NOT NULL, term TEXT NOT NULL, title TEXT NOT NULL,
                           owner TEXT NOT NULL, location TEXT NOT NULL, members TEXT NOT NULL) STRICT;)",
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;",
    // Rows that could not be understood, as they were: what is broken must not stop the rest.
    R"(CREATE TABLE set_aside (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, source TEXT NOT NULL,
                               why TEXT NOT NULL, content TEXT NOT NULL) STRICT;)",
    // What a user gives a guest in confidence; and plans that are of no use any more, in which earlier releases had the
    // same.
    R"(CREATE TABLE secret (compute TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (compute, name)) STRICT;
       UPDATE operation SET plan = '' WHERE stage > 2;)",
    R"(ALTER TABLE sighting ADD COLUMN whereabouts TEXT NOT NULL DEFAULT '';
       ALTER TABLE sighting ADD COLUMN undefined INTEGER NOT NULL DEFAULT 0;)",
    // The order in which entities were made: of those that are there, as far as the journal knows their creation still.
    R"(ALTER TABLE compute ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
       ALTER TABLE storage ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
       ALTER TABLE network ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
       CREATE INDEX operation_by_target ON operation (target, number);
       UPDATE compute SET place = ifnull((SELECT min(number) FROM operation WHERE target = compute.id), 0);
       UPDATE storage SET place = ifnull((SELECT min(number) FROM operation WHERE target = storage.id), 0);
       UPDATE network SET place = ifnull((SELECT min(number) FROM operation WHERE target = network.id), 0);
       DROP INDEX operation_by_target;)",
    "ALTER TABLE network ADD COLUMN label TEXT NOT NULL DEFAULT '';",
    // Of which group its owner was, and with whom it is shared: the network of who names none is everybody's.
    R"(ALTER TABLE storage ADD COLUMN of_group TEXT NOT NULL DEFAULT '';
       ALTER TABLE storage ADD COLUMN share TEXT NOT NULL DEFAULT 'private';
       ALTER TABLE network ADD COLUMN of_group TEXT NOT NULL DEFAULT '';
       ALTER TABLE network ADD COLUMN share TEXT NOT NULL DEFAULT 'private';
       ALTER TABLE mixin ADD COLUMN of_group TEXT NOT NULL DEFAULT '';
       ALTER TABLE sighting ADD COLUMN of_group TEXT NOT NULL DEFAULT '';
       ALTER TABLE operation ADD COLUMN of_group TEXT NOT NULL DEFAULT '';
       ALTER TABLE event ADD COLUMN of_group TEXT NOT NULL DEFAULT '';
       ALTER TABLE event ADD COLUMN share TEXT NOT NULL DEFAULT 'private';
       UPDATE network SET share = 'public' WHERE owner = '' AND title = 'occi-default';)",
};
constexpr auto newest = static_cast<std::int64_t>(migrations.size());

// Of the tables that a start needs all are looked through; of what only grows, no more than this.
constexpr std::int64_t most_pages_of_all = 1024; // 4 MiB, in some 10 ms

std::int64_t number(sqlite3* database, const char* question) {
    Statement ask(database, question);
    return ask.next() ? ask.integer() : 0;
}

std::set<std::string> columns_of(sqlite3* database) {
    std::set<std::string> columns;
    Statement ask(database,
                  "SELECT m.name || '.' || p.name FROM sqlite_master m, pragma_table_info(m.name) p "
                  "WHERE m.type = 'table'");
    while (ask.next()) columns.insert(ask.text());
    return columns;
}

struct Closer {
    void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};

const std::set<std::string>& columns_of_ours() {
    static const auto columns = [] {
        sqlite3* raw = nullptr;
        const int opened = sqlite3_open(":memory:", &raw);
        const std::unique_ptr<sqlite3, Closer> example(raw);
        if (opened != SQLITE_OK) throw_failure(raw, "make the tables");
        migrate(raw);
        return columns_of(raw);
    }();
    return columns;
}

// The first line that says something else than "ok".
std::optional<std::string> complaint(sqlite3* database, const std::string& check) {
    Statement ask(database, check.c_str());
    if (!ask.next()) return std::nullopt;
    auto line = ask.text();
    return line == "ok" ? std::nullopt : std::optional(std::move(line));
}

std::vector<std::string> quick_checks(sqlite3* database) {
    if (number(database, "PRAGMA page_count") <= most_pages_of_all) return {"PRAGMA quick_check(1)"};
    std::vector<std::string> checks;
    Statement ask(database,
                  "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('event', 'answer') "
                  "AND name NOT LIKE 'sqlite_%'");
    while (ask.next()) checks.push_back("PRAGMA quick_check(" + ask.text() + ")");
    return checks;
}

} // namespace

void migrate(sqlite3* database) { migrate(database, newest); }

void migrate(sqlite3* database, std::int64_t wanted) {
    const auto step = [&](const std::string& change) {
        if (sqlite3_exec(database, change.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
            throw_failure(database, "make the tables");
    };
    const auto before = number(database, "PRAGMA user_version");
    for (auto version = before; version < wanted; ++version)
        step(std::string("BEGIN IMMEDIATE;") + migrations.at(static_cast<std::size_t>(version)) +
             "PRAGMA user_version=" + std::to_string(version + 1) + "; COMMIT;");
    if (number(database, "PRAGMA application_id") != application_id)
        step("PRAGMA application_id=" + std::to_string(application_id));
    // Earlier releases left what they deleted in pages that are free.
    if (before > 0 && before < wanted)
        sqlite3_exec(database, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr, nullptr);
}

Origin origin_of(sqlite3* database) {
    const auto tables = number(database, "SELECT count(*) FROM sqlite_master");
    const auto application = number(database, "PRAGMA application_id");
    const auto version = number(database, "PRAGMA user_version");
    if (tables == 0 && application == 0 && version == 0) return Origin::empty;
    const auto ours = number(database, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND "
                                       "name IN ('compute', 'storage', 'network')");
    if (application != application_id && (application != 0 || ours == 0 || version < 1))
        return Origin::foreign;
    return version > newest ? Origin::newer : Origin::ours;
}

std::optional<std::string> fault_of(sqlite3* database) {
    const auto there = columns_of(database);
    for (const auto& column : columns_of_ours())
        if (!there.contains(column)) return "it has no " + column;
    for (const auto& check : quick_checks(database))
        if (auto line = complaint(database, check)) return line;
    return std::nullopt;
}

} // namespace state
