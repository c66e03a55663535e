#pragma once
// A JSON document that came from outside: how much of it is read, and what of it can be an attribute.
//
// Threads: any; pure functions. Throw Error{invalid} that names what is wrong, Error{too_large} for what is more than
// anybody needs.

#include "agent/occi/model.hh"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace render {

// Its names differ within each object, and it is not nested deeper than any document of GFD.226.
nlohmann::json parse_json(std::string_view body);

// "name" as a text, or an empty one when it is not there.
std::string text_in(const nlohmann::json& object, const char* name);

// The member "attributes", which may be absent. The draft of 2012 had names in pieces: {"occi": {"compute": {"cores":
// 2}}}.
occi::Attributes attributes_in(const nlohmann::json& object);

} // namespace render
