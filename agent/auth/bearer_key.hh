#pragma once
// The public keys of an issuer (JWK and JWK Set: RFC 7517; RFC 7518, 6; RFC 8037, 2), each of which verifies what is
// signed by the algorithms that go with it, and nothing else.
//
// Threads: values that do not change; `verifies` on any thread, several at once.

#include "agent/auth/bearer_token.hh"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

struct BearerKey {
    std::optional<std::string> id{};
    BearerKeyType type{};
    std::string curve{};
    std::string only_algorithm{}; // its own `alg`; empty: each that fits its type and curve
    std::function<bool(const BearerToken&, std::string_view compact)> verifies{};

    bool fits(const BearerAlgorithm&) const noexcept;
};

inline constexpr std::size_t most_bearer_keys = 64;

struct BearerKeySet {
    std::vector<BearerKey> keys{};
    // Keys that were passed over: not for signatures, of another type, too short or too long, wrong, or too many.
    std::size_t ignored = 0;

    // Error{invalid}: this is no JWK Set, or none of its keys can be used. Private parts of keys are not looked at.
    static BearerKeySet parse(std::string_view json);

    enum class Finding { verified, wrong, unknown_key };
    // By the keys of the token's `kid`; of a token without one by each that fits. At most four are tried.
    Finding verify(const BearerToken&, std::string_view compact) const;
};

} // namespace auth
