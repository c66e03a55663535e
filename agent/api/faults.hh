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

// In the media type that media_of_errors() has chosen: XML, or JSON, which has a word for the fault, or the sentence.
// 503 says when to come back.
http::Response error_answer(Fault, std::string_view sentence, const render::Media&);
http::Response error_answer(int status, std::string_view sentence, const render::Media&);

} // namespace api
