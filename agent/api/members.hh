#pragma once
// The entities that a request for many of them is about: all of a kind, or all that have a mixin.
//
// Threads: any.

#include "agent/api/call.hh"
#include "agent/api/filter.hh"
#include "agent/api/place.hh"
#include "agent/render/shown.hh"

#include <string>
#include <vector>

namespace api {

// All entities of the caller that the filter admits, of the kind, or of any kind with the mixin. Error{not_found}:
// there is a filter, and it admits none of them: a client that names some and means others must not take it for done.
std::vector<render::AnyEntity> members_of(const Call&, const Place&, const Filter&);

} // namespace api
