#pragma once
// The entities of the node whatever their kind, each through the service of its own.
//
// Threads: any.

#include "agent/api/api.hh"

#include <string>
#include <vector>

namespace api {

// None for a kind that is never instantiated.
std::vector<std::string> ids_of(const Services&, const occi::Kind&, const auth::Principal&);
// Error{not_found}
render::AnyEntity show(const Services&, const occi::Kind&, const Uuid&, const auth::Principal&);
// The kinds that have entities, in the order of the model.
std::vector<const occi::Kind*> kinds_of_entities(const occi::Model&);
bool is_link(const occi::Kind&, const occi::Model&) noexcept;

} // namespace api
