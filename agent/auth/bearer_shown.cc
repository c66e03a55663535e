#include "agent/auth/bearer_shown.hh"

#include "agent/base/text.hh"

namespace auth {

std::string_view bearer_in(std::string_view authorization) noexcept {
    constexpr std::string_view scheme = "Bearer ";
    if (!text::same(authorization.substr(0, scheme.size()), scheme)) return {};
    return text::trim(authorization.substr(scheme.size()));
}

std::string bearer_challenge(bool was_tried) {
    return was_tried ? R"(Bearer realm="occi-agent", error="invalid_token")" : R"(Bearer realm="occi-agent")";
}

} // namespace auth
