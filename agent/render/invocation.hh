#pragma once
// The action that a client asks for: GFD.229, 4 (fields, in the body or as headers) and GFD.226 (JSON).
//
// Threads: any; pure functions. Throw Error{invalid}: it cannot be read, it names no or another action, or what it says
// beside that is not of the action.

#include "agent/occi/model.hh"
#include "agent/render/fields.hh"
#include "agent/render/passed_over.hh"

#include <string_view>

namespace render {

// `named`: by the query of the URL, which the document must agree with. One that says nothing does not agree: GFD.223,
// 10.3.2 wants both, so that a URL alone changes nothing.
occi::Invocation read_invocation(const Fields&, const occi::Action& named);
// `unused`: gets the members that no invocation has.
occi::Invocation read_json_invocation(std::string_view body, const occi::Action& named,
                                      PassedOver* unused = nullptr);

} // namespace render
