#pragma once
// Brings what can still be read of one store into another: row by row, from both ends of each table, so that one broken
// page costs what is on it.
//
// Threads: the one that has the connections.

#include <cstddef>

struct sqlite3;

namespace state {

enum class Salvage {
    all, // from a file that is good, and cannot be written
    // Of a file that is damaged: what was under way is left out, since to go on with what is half read could remove
    // something.
    settled
};

// How many rows it took. Rows that are there already stay. Never throws: what cannot be read is left out.
std::size_t salvage(sqlite3* from, sqlite3* into, Salvage) noexcept;

} // namespace state
