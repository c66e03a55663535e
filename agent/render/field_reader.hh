#pragma once
// The values of Category, Link and X-OCCI-Attribute that clients send (GFD.229, 4), in every spelling that is met:
// lists by commas, blanks anywhere, parameters in any order, quoted or not.
//
// Threads: any; pure functions. Throw Error{invalid} that quotes what cannot be understood, Error{too_large} for more
// than anybody needs.

#include "agent/occi/model.hh"
#include "agent/render/fields.hh"

#include <string>
#include <string_view>
#include <vector>

namespace render {

// All that is said of one.
struct SentCategory {
    occi::TypeId id;
    std::string role, title, rel, location, attributes,
        actions; // role: "kind", "mixin", "action"; may be empty
};
std::vector<SentCategory> read_sent_categories(std::string_view value);

// `term; scheme="..."; class="..."`; what else is said of it does not count.
std::vector<occi::TypeId> read_categories(std::string_view value);

// `name="text", name=2, name=true`. What is neither quoted nor a number nor a truth is taken for text.
occi::Attributes read_attributes(std::string_view value);
// The same, beside those that another field has said.
void add_attributes(occi::Attributes&, std::string_view value);

// `<URL>; rel="..."; self="..."; category="..."; name=value`
struct SentLink {
    std::string url, rel, self;
    std::vector<occi::TypeId> categories;
    occi::Attributes attributes;
};
std::vector<SentLink> read_links(std::string_view value);

// "SCHEME#TERM"; Error{invalid} for anything else.
occi::TypeId read_type_id(std::string_view);

// The lines of text/plain as fields: by CR LF, LF or CR, blank ones left out.
Fields read_lines(std::string_view body);

} // namespace render
