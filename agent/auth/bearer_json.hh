#pragma once
// The one reader of JSON (RFC 8259) that comes with tokens and from their issuers. Stricter than the standard: a member
// that is there twice is refused (RFC 7515, 4; RFC 7519, 4), since two readers would take two of them.
//
// Threads: any; pure functions.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace auth {

// Throws Error{invalid}, with nothing of the text in it, for what is no object, is nested deeper than 8, has more than
// 20,000 values, or is not UTF-8.
nlohmann::json bearer_object(std::string_view);

// A member that is text; nullopt when there is none. Throws Error{invalid} when it is anything else.
std::optional<std::string> bearer_text(const nlohmann::json& object, const char* name);

} // namespace auth
