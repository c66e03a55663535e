#pragma once
// text/uri-list (RFC 2483, 5): absolute URLs, with LF between them and none behind the last, as in text/plain: a client
// that splits at LF keeps what stands before it as a part of the URL. (RFC 9110, 8.3: HTTP allows that of any text.)
//
// Threads: any; a pure function.

#include <string>
#include <vector>

namespace render {

std::string write_uri_list(const std::vector<std::string>& urls);

} // namespace render
