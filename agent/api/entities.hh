#pragma once
// The entities of the host whatever their kind, each through the service of its own.
//
// Threads: any.

#include "agent/api/call.hh"
#include "agent/render/json.hh"
#include "agent/render/shown.hh"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace api {

struct Member {
    const occi::Kind* kind;
    Uuid id;
};

// None for a kind that is never instantiated.
std::vector<std::string> ids_of(const Services&, const occi::Kind&, const auth::Principal&);
// Error{not_found}
render::AnyEntity show(const Services&, const occi::Kind&, const Uuid&, const auth::Principal&);
// nullopt: it is not there, or no longer.
std::optional<render::AnyEntity> find(const Services&, const occi::Kind&, const Uuid&,
                                      const auth::Principal&);
// Begins to make it. Throws what its service throws.
service::Made create(const Services&, const render::AnyEntity&, const service::Terms&,
                     const Uuid& wanted_id = {});
// Begins to change it; nullopt when there is nothing to do.
std::optional<state::Operation> update(const Services&, const occi::Resource& wanted, const service::Terms&);
// Begins the action on an entity of that kind; nullopt when there is nothing to do. Error{invalid}: its kind has no
// actions; the rest as its service says.
std::optional<state::Operation> invoke(const Services&, const occi::Kind&, const Uuid&,
                                       const occi::Invocation&, const service::Terms&);
const occi::Action* action_of(const occi::Kind&,
                              std::string_view term) noexcept; // nullptr: it has none of that name
// To the resources or to the links.
void add(render::Collection&, render::AnyEntity);
// Whether it is ours to remove. Error{forbidden, conflict}: what is in the way now; Error{not_found}. Changes nothing.
bool may_remove(const Services&, const occi::Kind&, const Uuid&, const auth::Principal&);
// Begins to remove it.
state::Operation remove(const Services&, const occi::Kind&, const Uuid&, const service::Terms&);
// The kinds that have entities, in the order of the model.
std::vector<const occi::Kind*> kinds_of_entities(const occi::Model&);
bool is_link(const occi::Kind&, const occi::Model&) noexcept;

// Whether there is a compute of that id, whoever has it, or an operation works on one.
bool is_there(const Services&, const Uuid& compute);
// Error{invalid}: what a client has chosen for an id is none.
void require_uuid(std::string_view id);

} // namespace api
