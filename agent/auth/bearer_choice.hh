#pragma once
// From what an operator has written to the options of bearer tokens.
//
// Threads: any; a pure function. Failures: Error{invalid} that says which of them is wrong.

#include "agent/auth/bearer_options.hh"
#include "agent/auth/options.hh"

namespace auth {

BearerOptions bearer_options(const Options&);

} // namespace auth
