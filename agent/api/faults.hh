#pragma once
// From what went wrong to what the client gets: one status for each kind of fault, and one sentence.
//
// Threads: any; pure functions.

#include "agent/base/error.hh"
#include "agent/http/types.hh"

#include <string_view>

namespace api {

int status_of(Fault) noexcept;

// In the client's own rendering: XML when it accepts XML by name, else plain text. 503 says when to come back.
http::Response error_answer(int status, std::string_view sentence, bool as_xml);

// Whether the request's Accept names an XML media type.
bool wants_xml(const http::Head&) noexcept;

} // namespace api
