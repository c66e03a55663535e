#include "agent/state/salvage.hh"

#include "agent/base/log.hh"
#include "agent/state/statement.hh"

#include <algorithm>
#include <set>
#include <sqlite3.h>
#include <string>
#include <vector>

namespace state {
namespace {

std::vector<std::string> names(sqlite3* database, const std::string& question) {
    std::vector<std::string> found;
    for (Statement ask(database, question.c_str()); ask.next();) found.push_back(ask.text());
    return found;
}

std::vector<std::string> columns(sqlite3* database, const std::string& table) {
    return names(database, "SELECT name FROM pragma_table_info('" + table + "')");
}

// Those that both have.
std::string common_columns(sqlite3* from, sqlite3* into, const std::string& table) {
    const auto there = columns(from, table);
    std::string list;
    for (const auto& column : columns(into, table))
        if (std::ranges::find(there, column) != there.end()) list += (list.empty() ? "" : ", ") + column;
    return list;
}

struct Finalizer {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, Finalizer>;

Prepared prepare(sqlite3* database, const std::string& sql) {
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v2(database, sql.c_str(), -1, &raw, nullptr);
    return Prepared(raw);
}

// Whether it came to the end of the table.
bool copy_rows(sqlite3_stmt* rows, sqlite3_stmt* put, sqlite3* into, std::size_t& taken) {
    int told = SQLITE_ROW;
    while ((told = sqlite3_step(rows)) == SQLITE_ROW) {
        sqlite3_reset(put);
        for (int column = 0; column < sqlite3_column_count(rows); ++column)
            sqlite3_bind_value(put, column + 1, sqlite3_column_value(rows, column));
        if (sqlite3_step(put) == SQLITE_DONE) taken += static_cast<std::size_t>(sqlite3_changes(into));
    }
    return told == SQLITE_DONE;
}

std::size_t copy_table(sqlite3* from, sqlite3* into, const std::string& table) {
    const auto list = common_columns(from, into, table);
    if (list.empty()) return 0;
    const auto places = std::ranges::count(list, ',');
    std::string marks = "?";
    for (auto i = places; i > 0; --i) marks += ", ?";
    std::size_t taken = 0;
    for (const auto* order : {"ASC", "DESC"}) {
        const auto rows = prepare(from, "SELECT " + list + " FROM " + table + " ORDER BY rowid " + order);
        const auto put =
            prepare(into, "INSERT OR IGNORE INTO " + table + " (" + list + ") VALUES (" + marks + ")");
        if (!rows || !put || copy_rows(rows.get(), put.get(), into, taken)) break;
    }
    return taken;
}

// Of what was under way only what came of it can be told.
constexpr auto forget_what_was_under_way =
    "DELETE FROM compute WHERE phase NOT IN (1, 2); DELETE FROM storage WHERE phase NOT IN (1, 2);"
    "DELETE FROM network WHERE phase NOT IN (1, 2); DELETE FROM operation WHERE stage < 3;"
    "DELETE FROM answer WHERE final = 0;";

} // namespace

std::size_t salvage(sqlite3* from, sqlite3* into, Salvage what) noexcept try {
    std::size_t taken = 0;
    sqlite3_exec(into, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    for (const auto& table :
         names(into, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"))
        try {
            taken += copy_table(from, into, table);
        } catch (const std::exception& failure) {
            logging::warning("nothing of the table {} can be read: {}", table, failure.what());
        }
    if (what == Salvage::settled) sqlite3_exec(into, forget_what_was_under_way, nullptr, nullptr, nullptr);
    sqlite3_exec(into, "COMMIT", nullptr, nullptr, nullptr);
    return taken;
} catch (const std::exception& failure) {
    logging::warning("nothing of the damaged store can be read: {}", failure.what());
    if (sqlite3_get_autocommit(into) == 0) sqlite3_exec(into, "ROLLBACK", nullptr, nullptr, nullptr);
    return 0;
}

} // namespace state
