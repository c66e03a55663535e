#include "agent/auth/bearer_key.hh"

#include "agent/auth/bearer_json.hh"
#include "agent/base/base64.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"

#include <cjose/jwk.h>
#include <cjose/jws.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace auth {
namespace {

using Json = nlohmann::json;

// RFC 7518, 3.3 asks for 2048 bits at least; what is longer than 8192 costs too much each time.
constexpr std::size_t least_modulus = 256, most_modulus = 1024, most_exponent = 8;
constexpr unsigned most_tried = 4;

struct Curve {
    std::string_view name;
    std::size_t coordinate; // bytes, leading zeros included (RFC 7518, 6.2.1.2)
};
constexpr std::array curves{Curve{"P-256", 32}, Curve{"P-384", 48}, Curve{"P-521", 66}};

using Jws = Handle<cjose_jws_t, cjose_jws_release>;

// What OpenSSL has noted of a failure must not be taken for one of somebody else on this thread.
bool noting_nothing(bool verified) noexcept {
    if (!verified) ERR_clear_error();
    return verified;
}

// cjose reads the header once more; it is the one that was looked at, and `alg` is in it once.
std::function<bool(const BearerToken&, std::string_view)> by_cjose(const Json& key) {
    const auto text = key.dump();
    std::shared_ptr<cjose_jwk_t> held(cjose_jwk_import(text.data(), text.size(), nullptr), cjose_jwk_release);
    if (!held) {
        ERR_clear_error();
        return {};
    }
    return [held](const BearerToken&, std::string_view compact) {
        const Jws jws(cjose_jws_import(compact.data(), compact.size(), nullptr));
        return noting_nothing(jws && cjose_jws_verify(jws.get(), held.get(), nullptr));
    };
}

// RFC 8037, 3.1, which cjose does not know.
std::function<bool(const BearerToken&, std::string_view)> by_ed25519(const std::string& raw) {
    const std::shared_ptr<EVP_PKEY> key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                    reinterpret_cast<const unsigned char*>(raw.data()), raw.size()),
        EVP_PKEY_free);
    if (!key) return {};
    return [key](const BearerToken& token, std::string_view compact) {
        const Handle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
        return noting_nothing(
            context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
            EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(token.signature.data()),
                             token.signature.size(), reinterpret_cast<const unsigned char*>(compact.data()),
                             token.signed_bytes) == 1);
    };
}

// A member in base64url as bytes; empty: there is none, or it is something else.
std::string bytes_in(const Json& jwk, const char* name) {
    const auto text = bearer_text(jwk, name);
    return text ? text::from_base64url(*text).value_or("") : "";
}

std::size_t significant(const std::string& number) noexcept {
    const auto first = number.find_first_not_of('\0');
    return first == number.npos ? 0 : number.size() - first;
}

bool read_rsa(const Json& jwk, BearerKey& key) {
    const auto modulus = bytes_in(jwk, "n"), exponent = bytes_in(jwk, "e");
    const auto bytes = significant(modulus);
    if (bytes < least_modulus || bytes > most_modulus || exponent.size() > most_exponent ||
        significant(exponent) == 0 || (exponent.back() & 1) == 0 || exponent == "\x01")
        return false;
    key.type = BearerKeyType::rsa;
    key.verifies = by_cjose({{"kty", "RSA"}, {"n", jwk["n"]}, {"e", jwk["e"]}});
    return true;
}

bool read_ec(const Json& jwk, BearerKey& key) {
    const auto* const curve = std::ranges::find(curves, bearer_text(jwk, "crv").value_or(""), &Curve::name);
    if (curve == curves.end() || bytes_in(jwk, "x").size() != curve->coordinate ||
        bytes_in(jwk, "y").size() != curve->coordinate)
        return false;
    key.type = BearerKeyType::ec;
    key.curve = curve->name;
    key.verifies = by_cjose({{"kty", "EC"}, {"crv", jwk["crv"]}, {"x", jwk["x"]}, {"y", jwk["y"]}});
    return true;
}

bool read_okp(const Json& jwk, BearerKey& key) {
    const auto raw = bytes_in(jwk, "x");
    if (bearer_text(jwk, "crv") != "Ed25519" || raw.size() != 32) return false;
    key.type = BearerKeyType::okp;
    key.curve = "Ed25519";
    key.verifies = by_ed25519(raw);
    return true;
}

struct Type {
    std::string_view name;
    bool (*read)(const Json&, BearerKey&);
};
constexpr std::array types{Type{"RSA", read_rsa}, Type{"EC", read_ec}, Type{"OKP", read_okp}};

// RFC 7517, 4.2 and 4.3.
bool is_for_signatures(const Json& jwk) {
    if (bearer_text(jwk, "use").value_or("sig") != "sig") return false;
    const auto operations = jwk.find("key_ops");
    return operations == jwk.end() ||
           (operations->is_array() &&
            std::ranges::any_of(*operations, [](const Json& each) { return each == "verify"; }));
}

// nullopt: it cannot be used here.
std::optional<BearerKey> key_in(const Json& jwk) {
    if (!jwk.is_object() || !is_for_signatures(jwk)) return std::nullopt;
    BearerKey key;
    key.id = bearer_text(jwk, "kid");
    const auto* const type = std::ranges::find(types, bearer_text(jwk, "kty").value_or(""), &Type::name);
    if (type == types.end() || !type->read(jwk, key) || !key.verifies) return std::nullopt;
    if (const auto alg = bearer_text(jwk, "alg")) {
        const auto* const known = bearer_algorithm(*alg);
        if (!known || !key.fits(*known)) return std::nullopt;
        key.only_algorithm = *alg;
    }
    return key;
}

} // namespace

bool BearerKey::fits(const BearerAlgorithm& algorithm) const noexcept {
    return algorithm.type == type && (type == BearerKeyType::rsa || algorithm.curve == curve) &&
           (only_algorithm.empty() || algorithm.name == only_algorithm);
}

BearerKeySet BearerKeySet::parse(std::string_view json) {
    const auto set = bearer_object(json);
    const auto list = set.find("keys");
    if (list == set.end() || !list->is_array()) throw Error(Fault::invalid, "it has no list of keys");
    BearerKeySet read;
    for (const auto& jwk : *list) {
        std::optional<BearerKey> key;
        if (read.keys.size() < most_bearer_keys) try {
                key = key_in(jwk);
            } catch (const Error&) { // a member is of the wrong type: no reason to do without the others
            }
        if (key)
            read.keys.push_back(std::move(*key));
        else
            ++read.ignored;
    }
    if (read.keys.empty()) throw Error(Fault::invalid, "none of its keys can be used");
    return read;
}

BearerKeySet::Finding BearerKeySet::verify(const BearerToken& token, std::string_view compact) const {
    unsigned tried = 0;
    bool is_known = false;
    for (const auto& key : keys) {
        if (token.kid && key.id != token.kid) continue;
        is_known = true; // though with another algorithm it is wrong, and no newer set is asked for
        if (!key.fits(*token.algorithm) || ++tried > most_tried) continue;
        if (key.verifies(token, compact)) return Finding::verified;
    }
    return is_known ? Finding::wrong : Finding::unknown_key;
}

} // namespace auth
