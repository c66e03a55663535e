#pragma once
// Entities that clients send: to be made, to be changed, or to be named.
//
// Threads: any; pure functions. Throw Error{invalid} that names what cannot be understood, Error{not_found} for a
// category that nobody knows, Error{too_large} for more than anybody needs.

#include "agent/render/fields.hh"
#include "agent/render/sent.hh"

#include <string>
#include <string_view>
#include <vector>

namespace render {

// One entity, or a part of one: GFD.229, 5. `with_strangers`: as headers, among which there are others.
Sent read_entity(const Fields&, const Vocabulary&, bool with_strangers);
// One entity, or a collection: GFD.226, 3.1 and 3.2. Also in the draft of 2012, which wrapped everything.
std::vector<Sent> read_json_entities(std::string_view body, const Vocabulary&);

// The paths that a list names: X-OCCI-Location; the ids in a collection of JSON; lines of text/uri-list.
std::vector<std::string> read_locations(const Fields&);
std::vector<std::string> read_json_locations(std::string_view body, const Vocabulary&);
std::vector<std::string> read_uri_list(std::string_view body);

} // namespace render
