#pragma once
// Mixins that clients want to define, or to be rid of (GFD.221, 5.5.3): as Category fields, or as JSON.
//
// Threads: any; pure functions. Throw Error{invalid} that names what cannot be understood, Error{not_found} when one
// depends on a category that nobody knows.

#include "agent/render/fields.hh"
#include "agent/render/sent.hh"

#include <string_view>
#include <vector>

namespace render {

// Attributes and actions by their names only, as far as any are said: no user's mixin has any.
std::vector<occi::Mixin> read_mixins(const Fields&, const Vocabulary&);
// A mixin, a list of them in "mixins", or nothing.
// `unused`: gets the members that no mixin of a user has.
std::vector<occi::Mixin> read_json_mixins(std::string_view body, const Vocabulary&,
                                          PassedOver* unused = nullptr);

} // namespace render
