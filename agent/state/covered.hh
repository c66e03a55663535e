#pragma once
// Which rows of a table somebody sees, in SQL: what Reach::covers says of one, said of all at once.
//
// Threads: as of Statement.

#include "agent/base/ownership.hh"
#include "agent/state/statement.hh"

#include <string>
#include <string_view>

namespace state {

// For WHERE, of a table with the columns owner and of_group. `share`: the column that has the word of Share, or a word.
std::string covered(std::string_view share);
// What stands in it, from left to right.
Statement& bind(Statement&, const Reach&);

} // namespace state
