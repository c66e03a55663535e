#pragma once
// The versions of OCCI, as requests and answers name them.
//
// Threads: any; pure functions.

#include "agent/occi/model.hh"

#include <optional>
#include <string>
#include <string_view>

namespace api {

// Of the Server header of every answer (GFD.223, 5.3). 1.2 takes what clients of 1.1 say.
inline constexpr std::string_view occi_version = "OCCI/1.2";

// The same, with what else of the standard is met in full (GFD.222, 4).
std::string versions_of(const occi::Model&);

// The OCCI/x.y of a User-Agent that is above ours, as it stands there; nullopt when there is none. What is malformed
// does not count.
std::optional<std::string_view> version_above_ours(std::string_view user_agent) noexcept;

bool names_version(std::string_view user_agent) noexcept; // whether there is an OCCI/x.y in it

} // namespace api
