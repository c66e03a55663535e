#pragma once
// Base64 (RFC 4648, 4).
//
// Threads: any; pure functions.

#include <optional>
#include <string>
#include <string_view>

namespace text {

// Whole groups of four and nothing else, no line breaks either; nullopt for any other text, and for none.
std::optional<std::string> from_base64(std::string_view);

} // namespace text
