#pragma once
// From what a client sends to what it wants: entities to be made, and changes to those that are there (GFD.221, 5.2).
// Nothing is done here.
//
// Threads: any; pure functions. Error{invalid}: names the attribute, category or link at fault; Error{forbidden}:
// something that only the server sets, or a mixin that is not for this kind.

#include "agent/occi/model.hh"
#include "agent/render/sent.hh"
#include "agent/render/shown.hh"

#include <vector>

namespace api {

// To be made. What only the server can know of it is left out, since clients send what they read elsewhere: id, state,
// interface.
struct Wanted {
    render::AnyEntity entity;
    std::vector<occi::MixinRef> tags; // users' own mixins, which no service knows
    render::PassedOver unused;        // what only the server can know, and what no entity has
};
// `kind`: of the place where it is to be made.
Wanted wanted_in(const render::Sent&, const occi::Kind& kind, const occi::Model&);

// To be changed in an entity that is there.
struct Changes {
    occi::Resource wanted; // the attributes and mixins that are to be others; an empty text takes one away
    std::vector<occi::MixinRef> given, taken; // users' own mixins
    std::vector<occi::Link> links;            // to be made
    render::PassedOver unused;                // what no entity has, or stands for nothing here

    bool is_none() const noexcept;
    bool changes_entity() const noexcept { return !wanted.attributes.empty() || !wanted.mixins.empty(); }
};
enum class Update {
    partial, // what is not said stays
    full     // what is not said goes, as far as it can: GFD.223, 10.2.2
};
Changes changes_in(const render::Sent&, const render::AnyEntity& shown, Update, const occi::Model&);

// Whether a user has defined it.
bool is_tag(const occi::Mixin&, const occi::Model&);

} // namespace api
