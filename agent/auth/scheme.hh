#pragma once
// The header Authorization (RFC 9110, 11.6.2): a scheme, blanks, and what belongs to it.
//
// Threads: any.

#include "agent/base/text.hh"

#include <optional>
#include <string_view>

namespace auth {

// nullopt: it is of another scheme, or empty.
inline std::optional<std::string_view> behind_scheme(std::string_view header,
                                                     std::string_view scheme) noexcept {
    if (header.size() <= scheme.size() || header[scheme.size()] != ' ' ||
        !text::same(header.substr(0, scheme.size()), scheme))
        return std::nullopt;
    return text::trim(header.substr(scheme.size()));
}

} // namespace auth
