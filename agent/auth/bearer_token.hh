#pragma once
// A JWT in the compact serialization (RFC 7515, 3.1 and 7.1; RFC 7519), taken apart, and not believed in any way.
//
// Threads: a value.

#include "agent/auth/bearer_algorithm.hh"

#include <optional>
#include <string>
#include <string_view>

namespace auth {

inline constexpr std::size_t longest_bearer_token = 16 * 1024;

struct BearerToken {
    const BearerAlgorithm* algorithm = nullptr;
    std::optional<std::string> kid{}; // compared with those of keys, and used for nothing else
    std::string payload{}, signature{};
    std::size_t signed_bytes = 0; // of the token, from its first

    // Whether it has the shape of a JWS: three parts of the right letters. Says nothing about what is in them.
    static bool has_shape(std::string_view) noexcept;

    // Error{invalid}, with nothing of the token in it. Of the header `alg`, `kid`, `typ` and `crit` are looked at: what
    // would say where a key is, or what it is (`jku`, `x5u`, `x5c`, `jwk`), is not.
    static BearerToken parse(std::string_view compact);
};

} // namespace auth
