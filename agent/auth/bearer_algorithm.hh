#pragma once
// How a token may be signed (RFC 7518, 3.1; RFC 8037, 3.1), and with which kind of key: public keys alone. "none" and
// what shares a secret (HS256 ...) is not among them.
//
// Threads: any; constant data.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace auth {

enum class BearerKeyType { rsa, ec, okp };

struct BearerAlgorithm {
    std::string_view name;
    BearerKeyType type;
    std::string_view curve;
    std::size_t signature; // bytes; 0: as many as the key's modulus has
};

inline constexpr std::array bearer_algorithms{
    BearerAlgorithm{"RS256", BearerKeyType::rsa, "", 0},
    BearerAlgorithm{"RS384", BearerKeyType::rsa, "", 0},
    BearerAlgorithm{"RS512", BearerKeyType::rsa, "", 0},
    BearerAlgorithm{"PS256", BearerKeyType::rsa, "", 0},
    BearerAlgorithm{"PS384", BearerKeyType::rsa, "", 0},
    BearerAlgorithm{"PS512", BearerKeyType::rsa, "", 0},
    BearerAlgorithm{"ES256", BearerKeyType::ec, "P-256", 64},
    BearerAlgorithm{"ES384", BearerKeyType::ec, "P-384", 96},
    BearerAlgorithm{"ES512", BearerKeyType::ec, "P-521", 132},
    BearerAlgorithm{"EdDSA", BearerKeyType::okp, "Ed25519", 64},
};

inline const BearerAlgorithm* bearer_algorithm(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(bearer_algorithms, name, &BearerAlgorithm::name);
    return found == bearer_algorithms.end() ? nullptr : found;
}

} // namespace auth
