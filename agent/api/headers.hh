#pragma once
// Request headers whose meaning is more than the first line of that name.
//
// Threads: any; pure functions.

#include "agent/http/types.hh"

#include <optional>
#include <string>
#include <string_view>

namespace api {

// Of a header that is a list: all lines of that name as one (RFC 9110, 5.3). nullopt when there is none.
std::optional<std::string> list_header(const http::Head&, std::string_view name);

// Of a header that is one value. Error{invalid} when it stands there twice.
std::optional<std::string_view> sole_header(const http::Head&, std::string_view name);

// Prefer: respond-async (RFC 7240, 4.1).
bool prefers_async(const http::Head&);

} // namespace api
