#pragma once
// One prepared SQL statement: bound from left to right, read from left to right.
//
// Threads: used inside Database::read and Database::write only. Throws Error{unavailable} when SQLite refuses, with its
// words.

#include "agent/base/handle.hh"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace state {

using Time = std::chrono::system_clock::time_point; // kept with milliseconds

class Statement {
public:
    Statement(sqlite3* database, const char* sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(std::string_view value);
    Statement& bind(const char* value) { return bind(std::string_view(value)); }
    Statement& bind(std::int64_t value);
    Statement& bind(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }
    Statement& bind(int value) { return bind(std::int64_t{value}); }
    Statement& bind(unsigned value) { return bind(std::int64_t{value}); }
    Statement& bind(Time value);

    bool next(); // to the next row; false when there is none
    void run() { next(); }

    std::string text();
    std::int64_t integer();
    std::uint64_t natural() { return static_cast<std::uint64_t>(integer()); }
    Time time();
    std::string content() const; // of the whole row, for people: "name=value" a line

private:
    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
    int bound_ = 0, read_ = 0;
};

} // namespace state
