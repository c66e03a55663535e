// A JWT, whose header and claims are read before anything of it is believed; and a JWK Set that holds such text.
#include "agent/auth/bearer_token.hh"

#include "agent/auth/bearer_claims.hh"
#include "agent/auth/bearer_key.hh"
#include "agent/base/error.hh"
#include "tests/fuzz/target.hh"

namespace fuzz {
namespace {

const auth::BearerOptions& options() {
    static const auth::BearerOptions made = [] {
        auth::BearerOptions given;
        given.issuer = "joe";
        given.audience = {"occi"};
        given.grants = {{"people", auth::Role::user, "users"}};
        given.roles_claim = "a.b.c";
        return given;
    }();
    return made;
}

void check_claims(std::string_view json) {
    const auth::BearerClaims claims(json);
    const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'300'000'000));
    require(!claims.fault_of_jwt(options(), now).empty() || claims.expires(), "what holds says until when");
    static_cast<void>(claims.fault_of_introspection(options(), now));
    std::string why;
    const auto who = claims.bearer(options(), why);
    require(who || !why.empty(), "a refusal has a reason");
    require(!who || (!who->name.empty() && who->role == auth::Role::user),
            "a bearer has a name, and a role of the table");
}

template <class F> void reading(F&& read) {
    try {
        read();
    } catch (const Error& failure) {
        require(failure.fault() == Fault::invalid, "what cannot be read is the sender's fault");
    }
}

} // namespace

void bearer_token(std::string_view bytes) {
    reading([&] {
        const auto token = auth::BearerToken::parse(bytes);
        require(token.algorithm != nullptr && !token.signature.empty(),
                "a token is signed by a known algorithm");
        require(token.signed_bytes < bytes.size() && bytes[token.signed_bytes] == '.',
                "a signature stands behind a dot");
        require(auth::BearerToken::has_shape(bytes), "what is read has the shape");
        reading([&] { check_claims(token.payload); });
    });
    reading([&] { check_claims(bytes); });
    reading([&] {
        const auto set = auth::BearerKeySet::parse(bytes);
        require(!set.keys.empty() && set.keys.size() <= auth::most_bearer_keys,
                "a set has keys, and not too many");
    });
}

} // namespace fuzz
