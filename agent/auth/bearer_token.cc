#include "agent/auth/bearer_token.hh"

#include "agent/auth/bearer_json.hh"
#include "agent/base/base64.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <nlohmann/json.hpp>

namespace auth {
namespace {

constexpr std::size_t longest_kid = 255;

[[noreturn]] void refuse(const char* why) { throw Error(Fault::invalid, why); }

// RFC 7519, 5.1 and RFC 9068, 2.1; RFC 7515, 4.1.9: without the "application/" that stands before it. Many issuers say
// nothing.
bool is_token_type(std::string_view typ) noexcept {
    constexpr std::string_view prefix = "application/";
    if (text::same(typ.substr(0, prefix.size()), prefix)) typ.remove_prefix(prefix.size());
    return text::same(typ, "JWT") || text::same(typ, "at+jwt");
}

void read_header(std::string_view bytes, BearerToken& token) {
    const auto header = bearer_object(bytes);
    // RFC 7515, 4.1.11: what it names must be understood, and nothing that could be named is.
    if (header.contains("crit")) refuse("its header has extensions (crit)");
    const auto alg = bearer_text(header, "alg");
    token.algorithm = alg ? bearer_algorithm(*alg) : nullptr;
    if (!token.algorithm) refuse("its algorithm is none of those that are allowed");
    token.kid = bearer_text(header, "kid");
    if (token.kid && token.kid->size() > longest_kid) refuse("its kid is too long");
    if (const auto typ = bearer_text(header, "typ"); typ && !is_token_type(*typ))
        refuse("its typ is neither JWT nor at+jwt");
}

} // namespace

bool BearerToken::has_shape(std::string_view compact) noexcept {
    return std::ranges::count(compact, '.') == 2 && std::ranges::all_of(compact, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
           });
}

BearerToken BearerToken::parse(std::string_view compact) {
    if (compact.size() > longest_bearer_token) refuse("it is too long");
    if (!has_shape(compact)) refuse("it is no JWS of three parts");
    BearerToken token;
    const auto first = compact.find('.');
    token.signed_bytes = compact.find('.', first + 1);
    const auto header = text::from_base64url(compact.substr(0, first));
    auto payload = text::from_base64url(compact.substr(first + 1, token.signed_bytes - first - 1));
    auto signature = text::from_base64url(compact.substr(token.signed_bytes + 1));
    if (!header || !payload || !signature) refuse("it is not base64url");
    read_header(*header, token);
    if (signature->empty() ||
        (token.algorithm->signature > 0 && signature->size() != token.algorithm->signature))
        refuse("its signature has the wrong length");
    token.payload = std::move(*payload);
    token.signature = std::move(*signature);
    return token;
}

} // namespace auth
