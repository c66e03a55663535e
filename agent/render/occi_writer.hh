#pragma once
// The documents of OCCI in whichever of its renderings: what text/plain, text/occi, text/uri-list and JSON have in
// common.
//
// Threads: any; pure functions. Throw Error{invalid} when a single thing is asked for as a list of URLs (GFD.229, 8),
// and Error{internal} for OpenNebula's XML, which has writers of its own.

#include "agent/occi/model.hh"
#include "agent/render/json.hh"
#include "agent/render/rendering.hh"
#include "agent/render/shown.hh"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace render {

struct Written {
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers{}; // of text/occi
};

// What a collection shows: where its entities are, or, in JSON, what they are.
struct Listing {
    std::vector<std::string> urls; // absolute
    Collection entities;
};

// nullopt: more than fits into headers.
std::optional<Written> write(Rendering, const AnyEntity&);
std::optional<Written> write(Rendering, const Listing&);
std::optional<Written> write(Rendering, const occi::Categories&);

} // namespace render
