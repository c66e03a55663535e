#pragma once
// The token in what a client has shown.
//
// Threads: any; pure functions.

#include "agent/auth/way.hh"

#include <string>
#include <string_view>

namespace auth {

// Behind "Bearer", in whichever case (RFC 9110, 11.1); empty: there is none.
std::string_view bearer_in(std::string_view authorization) noexcept;

// Behind "Bearer" or else in X-Auth-Token; empty: there is none.
std::string_view token_in(const Shown&) noexcept;

// RFC 6750, 3.
std::string bearer_challenge(bool was_tried);

} // namespace auth
