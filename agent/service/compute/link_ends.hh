#pragma once
// What a link leads to, or begins at.
//
// Threads: pure functions.

#include "agent/base/uuid.hh"
#include "agent/occi/model.hh"

#include <string>

namespace service {

// The id in a path such as "/storage/ID", which must be of that kind; empty for an empty path. Throws Error{invalid}.
Uuid end_at(const std::string& path, const occi::Kind&);

} // namespace service
