#include "agent/state/statement.hh"

#include "agent/state/database.hh"

#include <sqlite3.h>

namespace state {

Statement::Statement(sqlite3* database, const char* sql) : database_(database) {
    if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK)
        throw_failure(database, "prepare");
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(std::string_view value) {
    sqlite3_bind_text(statement_, ++bound_, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind(std::int64_t value) {
    sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
}

Statement& Statement::bind(Time value) {
    const auto since = value.time_since_epoch();
    return bind(std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(since).count()});
}

bool Statement::next() {
    read_ = 0;
    switch (sqlite3_step(statement_)) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: throw_failure(database_, "write or read");
    }
}

std::string Statement::text() {
    const auto* value = sqlite3_column_text(statement_, read_);
    const auto length = static_cast<std::size_t>(sqlite3_column_bytes(statement_, read_++));
    return value ? std::string(reinterpret_cast<const char*>(value), length) : std::string();
}

std::int64_t Statement::integer() { return sqlite3_column_int64(statement_, read_++); }

Time Statement::time() { return Time(std::chrono::milliseconds(integer())); }

std::string Statement::content() const {
    std::string lines;
    for (int column = 0; column < sqlite3_column_count(statement_); ++column) {
        const auto* value = sqlite3_column_text(statement_, column);
        const auto length = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
        lines.append(sqlite3_column_name(statement_, column)).append("=");
        if (value) lines.append(reinterpret_cast<const char*>(value), length);
        lines += '\n';
    }
    return lines;
}

} // namespace state
