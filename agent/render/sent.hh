#pragma once
// What a client sends of an entity, in whichever rendering: all that it says, and nothing that it does not say. Whether
// that is allowed is for others to decide.
//
// Threads: values; reading asks the Vocabulary on the caller's thread.

#include "agent/occi/model.hh"
#include "agent/render/passed_over.hh"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace render {

struct Sent {
    const occi::Kind* kind = nullptr; // nullptr: not said
    std::vector<occi::MixinRef> mixins;
    occi::Attributes attributes; // but for the members below
    occi::Attributes otherwise;  // title, summary: members of JSON that differ from `attributes`
    std::string id;              // without its URN; any text
    std::string source, target;  // of a link: paths, or a URN whose kind is not known
    std::string self;            // of a link that stands with its resource: its path
    std::vector<Sent> links;     // of a resource
    PassedOver unused{};         // what it says and no entity has
};

// The categories that can be named: those of the model, and the mixins that come and go.
struct Vocabulary {
    const occi::Model& model;
    std::function<occi::MixinRef(const occi::TypeId&)> passing; // empty: there is none of that name

    occi::MixinRef mixin(const occi::TypeId&) const; // empty: there is none of that name
};

// Adds the category to what is said of the entity. Throws Error{not_found}: nobody knows it; Error{invalid}: an action,
// or a second kind.
void add_category(Sent&, const occi::TypeId&, const Vocabulary&);

// Takes what is a member of Sent from among the attributes; summary and title stay there. Throws Error{invalid} when
// one of them is no text, or is said twice and differently.
void take_members(Sent&);

// A link without a kind is one that leads to such a target. Throws Error{invalid}: no link can.
const occi::Kind* kind_of_link_to(std::string_view target, const occi::Model&);

std::string id_in(std::string_view id_or_urn); // without its URN

// The path of a URL: "http://HOST/compute/urn:uuid:ID", "//compute/ID" and "/compute/ID" are the same. A URN stays what
// it is.
std::string path_in(std::string_view url);

} // namespace render
