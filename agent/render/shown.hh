#pragma once
// What the renderings of OCCI share: how an entity is named, which attributes are shown and in which order, and which
// attributes a category says that it has.
//
// Threads: any; pure functions.

#include "agent/occi/model.hh"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace render {

using AnyEntity = std::variant<occi::Resource, occi::Link>;
const occi::Entity& entity_in(const AnyEntity&) noexcept;

std::string urn_of(const occi::Entity&);  // "urn:uuid:ID"
std::string path_of(const occi::Entity&); // "/compute/ID": location of the kind and id
std::string path_of(const occi::Kind&, std::string_view id);

// Where a link ends. What has no URL, as a disk that belongs to its machine alone, is named by the link's own URN.
std::string target_of(const occi::Link&);
// The kind of the entity at the end of a link; core's resource when that is unknown.
std::string target_kind_of(const occi::Link&);

// With those of occi.core that are members of the types here. The id comes first. A name comes behind those that go on
// where it ends, since there is a client that takes the first line that begins like occi.compute.state.
using ShownAttributes = std::vector<std::pair<std::string, occi::Value>>;
ShownAttributes attributes_of(const occi::Resource&);
ShownAttributes attributes_of(const occi::Link&);
ShownAttributes attributes_of(const AnyEntity&);

// Of a kind, what it inherits comes first.
std::vector<const occi::AttributeSpec*> specs_of(const occi::Kind&);
std::vector<const occi::AttributeSpec*> specs_of(const occi::Category&);

} // namespace render
