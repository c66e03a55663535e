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

// The same for URLs and file names (RFC 4648, 5), as RFC 7515, 2 has it: without padding. No text is no byte.
std::optional<std::string> from_base64url(std::string_view);

} // namespace text
