#pragma once
// On which terms a service is to change an entity: for whom, and bound to what the client's headers say of it.
//
// Threads: any. What terms check may be looked at after the request is gone.

#include "agent/api/call.hh"
#include "agent/render/shown.hh"

#include <functional>

namespace api {

// `show`: the entity that If-Match, If-None-Match, Category and X-OCCI-Attribute are about. Error{precondition}: it is
// not, already now, what they ask for.
service::Terms terms_of(const Call&, const std::function<render::AnyEntity()>& show);

} // namespace api
