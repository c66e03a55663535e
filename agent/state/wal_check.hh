#pragma once
// Whether SQLite's write-ahead log is whole. SQLite itself takes what it can of a damaged one and forgets the rest
// without a word: changes that clients were told of would be gone, and nobody would know.
//
// Threads: any; it only reads.

#include <optional>
#include <string>

namespace state {

// What is wrong with it; nullopt: nothing. A last change that is cut short is nothing wrong: that is how a power cut
// leaves it. Throws Error{unavailable} when it cannot be read.
std::optional<std::string> fault_of_wal(int file);

} // namespace state
