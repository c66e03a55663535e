#include "agent/auth/bearer_shown.hh"

#include "agent/auth/scheme.hh"

namespace auth {

std::string_view bearer_in(std::string_view authorization) noexcept {
    return behind_scheme(authorization, "Bearer").value_or("");
}

std::string_view token_in(const Shown& shown) noexcept {
    const auto bearer = bearer_in(shown.authorization);
    return bearer.empty() ? shown.token : bearer;
}

std::string bearer_challenge(bool was_tried) {
    return was_tried ? R"(Bearer realm="occi-agent", error="invalid_token")" : R"(Bearer realm="occi-agent")";
}

} // namespace auth
