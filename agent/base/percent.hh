#pragma once
// Percent-encoding of URLs and forms (RFC 3986, 2.1).
//
// Threads: any; pure functions.

#include <optional>
#include <string>
#include <string_view>

namespace text {

// Each "%" with two hexadecimal digits made the byte that they are, whatever it is: NUL and control characters too.
// What comes out is not decoded again. nullopt when two digits do not follow a "%".
std::optional<std::string> percent_decoded(std::string_view);

} // namespace text
