#pragma once
// text/uri-list (RFC 2483, 5): absolute URLs, each with CR LF behind it.
//
// Threads: any; a pure function.

#include <string>
#include <vector>

namespace render {

std::string write_uri_list(const std::vector<std::string>& urls);

} // namespace render
