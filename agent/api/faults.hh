#pragma once
// From what went wrong to what the client gets: one status for each kind of fault, and one sentence.
//
// Threads: any; pure functions.

#include "agent/base/error.hh"
#include "agent/http/types.hh"
#include "agent/render/rendering.hh"

#include <string_view>

namespace api {

int status_of(Fault) noexcept;

// In the client's own rendering: XML, or JSON, which has a word for the fault, or else plain text. 503 says when to
// come back.
http::Response error_answer(Fault, std::string_view sentence, render::Rendering);
http::Response error_answer(int status, std::string_view sentence, render::Rendering);

} // namespace api
