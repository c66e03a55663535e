#pragma once
// The tables of the agent's own store: what brings an older file up to date, and whether a file is one of ours at all.
//
// Threads: the one that has the connection.

#include <cstdint>
#include <optional>
#include <string>

struct sqlite3;

namespace state {

// Makes the tables, or brings them up to date. Throws Error{unavailable} when SQLite refuses.
// `version`: for tests, which begin with the tables of an earlier release.
void migrate(sqlite3*);
void migrate(sqlite3*, std::int64_t version);

enum class Origin {
    empty,   // nothing is in it yet
    ours,    // of this version or an older one
    newer,   // ours, of a version that this agent does not know
    foreign, // somebody else's database
};
// Throws Error{unavailable} when that cannot be read.
Origin origin_of(sqlite3*);

// What is wrong with its tables or their pages; nullopt: nothing, as far as a look tells that takes no time at the
// start. Throws Error{unavailable} when they cannot be read.
std::optional<std::string> fault_of(sqlite3*);

} // namespace state
