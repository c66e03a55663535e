#pragma once
// The claims of a token (RFC 7519, 4; RFC 9068, 2.2; RFC 7662, 2.2), judged, and who they say it is.
//
// Threads: a value; what it says does not change.

#include "agent/auth/bearer_options.hh"

#include <chrono>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

class BearerClaims {
public:
    using Time = std::chrono::system_clock::time_point;

    // Error{invalid} for what is no object, has a member twice, or a registered claim of the wrong type.
    explicit BearerClaims(std::string_view json);

    // Why the token does not count here and now, as a predicate; empty: it does. What is not there is not judged, but
    // for `exp`, `iss` and `aud`, which a JWT must have.
    std::string fault_of_jwt(const BearerOptions&, Time now) const;
    // RFC 7662, 2.2: `active` must be there; `iss` only where it is said, `aud` only where the operator wants one.
    std::string fault_of_introspection(const BearerOptions&, Time now) const;

    // Nullopt, and `why`: nobody who has a name and a role here.
    std::optional<Principal> bearer(const BearerOptions&, std::string& why) const;

    std::optional<Time> expires() const noexcept { return expires_; }

private:
    std::string fault_of_times(const BearerOptions&, Time now) const;
    bool is_for_one_of(const std::vector<std::string>& audience) const;
    const nlohmann::json* claim(std::string_view name) const;
    bool has_value(const nlohmann::json* claim, const std::string& value) const;

    std::shared_ptr<const nlohmann::json> members_;
    std::optional<std::string> issuer_;
    std::vector<std::string> audience_;
    std::optional<Time> expires_, not_before_, issued_;
};

} // namespace auth
