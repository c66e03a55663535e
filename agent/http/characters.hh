#pragma once
// The character classes of RFC 9110 and RFC 3986 that the readers need. A byte is looked up, never compared by locale.
//
// Threads: any; pure functions.

#include <string_view>

namespace http {

// RFC 9110, 5.6.2: what a method or a header name consists of.
bool is_token(std::string_view) noexcept;
// RFC 9110, 5.5: what a header value may hold: no control character but the tab. Bytes above 0x7f pass.
bool is_field_text(std::string_view) noexcept;
// Visible ASCII without '#': what a request target may hold.
bool is_target_text(std::string_view) noexcept;
// RFC 3986, 3.2.2: an address or a name with an optional port, nothing that could change the meaning of a URL made from
// it.
bool is_authority(std::string_view) noexcept;

} // namespace http
