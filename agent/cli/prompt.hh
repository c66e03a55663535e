#pragma once
// A secret from a person: typed twice at a terminal, unseen, or the first line of what comes by a pipe.
//
// Threads: one. Failures: Error{invalid}: two that differ, or nothing.

#include "agent/base/secret.hh"

#include <string>

namespace cli {

Secret ask_for_password(const std::string& whose);

} // namespace cli
