#include "tests/support/signing_key.hh"

#include "agent/base/handle.hh"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace support {
namespace {

void demand(bool done) {
    if (!done) throw std::runtime_error("OpenSSL makes no token");
}

const unsigned char* raw(const char* text) { return reinterpret_cast<const unsigned char*>(text); }
unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string number(const EVP_PKEY* key, const char* name, int width = 0) {
    BIGNUM* found = nullptr;
    demand(EVP_PKEY_get_bn_param(key, name, &found) == 1);
    const Handle<BIGNUM, BN_free> held(found);
    std::string bytes(static_cast<std::size_t>(width > 0 ? width : BN_num_bytes(found)), '\0');
    demand(BN_bn2binpad(found, raw(bytes), static_cast<int>(bytes.size())) > 0);
    return bytes;
}

int coordinate(const EVP_PKEY* key) { return (EVP_PKEY_get_bits(key) + 7) / 8; }

// DER to the two numbers one behind the other (RFC 7518, 3.4).
std::string flat(const std::string& der, int width) {
    const auto* at = raw(der.data());
    const Handle<ECDSA_SIG, ECDSA_SIG_free> signature(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    demand(signature != nullptr);
    std::string bytes(static_cast<std::size_t>(2 * width), '\0');
    demand(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw(bytes), width) > 0 &&
           BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw(bytes) + width, width) > 0);
    return bytes;
}

std::string signing_input(const nlohmann::json& header, const nlohmann::json& claims) {
    return to_base64url(header.dump()) + "." +
           to_base64url(claims.is_string() ? claims.get<std::string>() : claims.dump());
}

} // namespace

std::string to_base64url(std::string_view bytes) {
    std::string coded((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const auto length = EVP_EncodeBlock(raw(coded), raw(bytes.data()), static_cast<int>(bytes.size()));
    coded.resize(static_cast<std::size_t>(length));
    while (coded.ends_with('=')) coded.pop_back();
    for (auto& c : coded) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return coded;
}

SigningKey SigningKey::rsa(std::string id, unsigned bits) { return {std::move(id), EVP_RSA_gen(bits)}; }
SigningKey SigningKey::ec(std::string id, const char* curve) { return {std::move(id), EVP_EC_gen(curve)}; }
SigningKey SigningKey::ed25519(std::string id) {
    return {std::move(id), EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
}

nlohmann::json SigningKey::jwk() const {
    const auto* key = key_.get();
    if (EVP_PKEY_is_a(key, "RSA"))
        return {{"kty", "RSA"},
                {"kid", id_},
                {"n", to_base64url(number(key, OSSL_PKEY_PARAM_RSA_N))},
                {"e", to_base64url(number(key, OSSL_PKEY_PARAM_RSA_E))}};
    if (EVP_PKEY_is_a(key, "EC")) {
        const int width = coordinate(key);
        return {{"kty", "EC"},
                {"kid", id_},
                {"crv", width == 32   ? "P-256"
                        : width == 48 ? "P-384"
                                      : "P-521"},
                {"x", to_base64url(number(key, OSSL_PKEY_PARAM_EC_PUB_X, width))},
                {"y", to_base64url(number(key, OSSL_PKEY_PARAM_EC_PUB_Y, width))}};
    }
    std::string point(32, '\0');
    std::size_t size = point.size();
    demand(EVP_PKEY_get_raw_public_key(key, raw(point), &size) == 1);
    return {{"kty", "OKP"}, {"kid", id_}, {"crv", "Ed25519"}, {"x", to_base64url(point)}};
}

std::string SigningKey::public_pem() const {
    const Handle<BIO, BIO_free_all> memory(BIO_new(BIO_s_mem()));
    demand(PEM_write_bio_PUBKEY(memory.get(), key_.get()) == 1);
    char* text = nullptr;
    const auto length = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

std::string SigningKey::sign(std::string_view alg, std::string_view input) const {
    const Handle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* of_key = nullptr;
    const auto digest = alg == "EdDSA"         ? nullptr
                        : alg.ends_with("512") ? EVP_sha512()
                        : alg.ends_with("384") ? EVP_sha384()
                                               : EVP_sha256();
    demand(EVP_DigestSignInit(context.get(), &of_key, digest, nullptr, key_.get()) == 1);
    if (alg.starts_with("PS"))
        demand(EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, RSA_PSS_SALTLEN_DIGEST) == 1);
    std::string signature(1024, '\0');
    std::size_t size = signature.size();
    demand(EVP_DigestSign(context.get(), raw(signature), &size, raw(input.data()), input.size()) == 1);
    signature.resize(size);
    return alg.starts_with("ES") ? flat(signature, coordinate(key_.get())) : signature;
}

std::string SigningKey::token(std::string_view alg, const nlohmann::json& claims,
                              const nlohmann::json& header) const {
    nlohmann::json whole{{"alg", alg}, {"kid", id_}};
    if (header.is_object()) whole.merge_patch(header);
    const auto input = signing_input(whole, claims);
    return input + "." + to_base64url(sign(alg, input));
}

std::string hmac_token(const nlohmann::json& header, const nlohmann::json& claims, std::string_view secret) {
    const auto input = signing_input(header, claims);
    std::string code(32, '\0');
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), raw(input.data()), input.size(),
         raw(code), nullptr);
    return input + "." + to_base64url(code);
}

std::string unsigned_token(const nlohmann::json& header, const nlohmann::json& claims) {
    return signing_input(header, claims) + ".";
}

} // namespace support
