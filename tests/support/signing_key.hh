#pragma once
// The key of an issuer of tokens, made by the test, and what he writes with it: JWK and JWS (RFC 7517, RFC 7515). Fake.
//
// Threads: any; it does not change.

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace support {

std::string to_base64url(std::string_view bytes);

class SigningKey {
public:
    static SigningKey rsa(std::string id, unsigned bits = 2048);
    static SigningKey ec(std::string id, const char* curve); // "P-256", "P-384", "P-521"
    static SigningKey ed25519(std::string id);

    nlohmann::json jwk() const; // the public part, with its kid
    std::string public_pem() const;

    // By an algorithm that fits the key. `header` goes on top of alg and kid; null takes one out.
    std::string token(std::string_view alg, const nlohmann::json& claims,
                      const nlohmann::json& header = {}) const;
    std::string sign(std::string_view alg, std::string_view input) const;

private:
    SigningKey(std::string id, EVP_PKEY* key) : id_(std::move(id)), key_(key, EVP_PKEY_free) {}

    std::string id_;
    std::shared_ptr<EVP_PKEY> key_;
};

// A JWS with an HMAC of SHA-256, or with no signature ("none").
std::string hmac_token(const nlohmann::json& header, const nlohmann::json& claims, std::string_view secret);
std::string unsigned_token(const nlohmann::json& header, const nlohmann::json& claims);

} // namespace support
