#pragma once
// OCCI's text, as tests write and read it. Each line that is written ends in a line break.

#include <string>
#include <string_view>
#include <vector>

namespace words {

inline const std::string core = "http://schemas.ogf.org/occi/core#";
inline const std::string infrastructure = "http://schemas.ogf.org/occi/infrastructure#";
inline const std::string nobody = "6695eb01-0000-4000-8000-000000000001"; // no entity has this id

// ---- writing -------------------------------------------------------------------------------------------------------

std::string action_scheme(const std::string& kind); // of the actions of that kind
std::string category(const std::string& term, const std::string& scheme, const std::string& role);
std::string kind(const std::string& term); // of the infrastructure
std::string mixin(const std::string& term, const std::string& scheme);
std::string mixin_line(const std::string& term, const std::string& scheme); // the same without the line break
std::string attribute(const std::string& assignment);
std::string user(const std::string& base,
                 const std::string& name = "local"); // of an entry in OpenNebula's XML
// To a network or a storage, by its path; `more` follows in the same line.
std::string link_to(const std::string& path, const std::string& more = {});
// A link by itself.
std::string link(const std::string& kind, const std::string& source, const std::string& target);

// ---- reading -------------------------------------------------------------------------------------------------------

std::string path_of(const std::string& url);
// What stands behind "NAME: " in each line of that name.
std::vector<std::string> lines_of(const std::string& body, const std::string& name);
bool has_line(const std::string& body, const std::string& line);
// Of a Category or a Link, without its quotes; empty when there is none.
std::string parameter(const std::string& line, const std::string& name);
// Of an X-OCCI-Attribute, without its quotes.
std::string value_of(const std::string& body, const std::string& attribute);
// The Category of that term, or empty.
std::string category_in(const std::string& body, const std::string& term,
                        const std::string& scheme = infrastructure);
// The Link whose self begins so, or empty.
std::string link_in(const std::string& body, const std::string& self);

} // namespace words
