#define BOOST_TEST_DYN_LINK
#include "agent/auth/bearer_key.hh"
#include "agent/auth/bearer_token.hh"
#include "agent/base/error.hh"
#include "tests/support/signing_key.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <ostream>
#include <string>

namespace data = boost::unit_test::data;
using auth::BearerKeySet;
using auth::BearerToken;
using support::SigningKey;
using Json = nlohmann::json;

namespace {

struct Vector {
    const char* name;
    const char* jwk;
    std::string token;
};
std::ostream& operator<<(std::ostream& out, const Vector& vector) { return out << vector.name; }

const char* const joe =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const char* const frodo =
    "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250by"
    "B0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUg"
    "eW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";
const char* const bilbo_rsa =
    R"({"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig","e":"AQAB","n":)"
    R"("n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2w)"
    R"(qVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bT)"
    R"(wJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5)"
    R"(iaiQkqgc5gHdrNP5zw"})";
const char* const bilbo_ec =
    R"({"kty":"EC","kid":"bilbo.baggins@hobbiton.example","use":"sig","crv":"P-521","x":)"
    R"("AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt","y":)"
    R"("AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1"})";

const Vector vectors[] = {
    {"RFC 7515, A.2: RS256",
     R"({"kty":"RSA","e":"AQAB","n":)"
     R"("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ)"
     R"(S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2)"
     R"(R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD)"
     R"(TW9gb54h4FRWyuXpoQ"})",
     std::string("eyJhbGciOiJSUzI1NiJ9.") + joe +
         ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
         "O8W2Fp5jujGbds9uJdbF9C"
         "UAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
         "eSN9383LcOLn6_"
         "dO--xi12jzDwusC-"
         "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0i"
         "gcN_IoypGlUPQGe77Rw"},
    {"RFC 7515, A.3: ES256",
     R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
     R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
     std::string("eyJhbGciOiJFUzI1NiJ9.") + joe +
         ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
    {"RFC 7520, 4.1: RS256", bilbo_rsa,
     std::string("eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.") + frodo +
         ".MRjdkly7_-"
         "oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BD"
         "koBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_"
         "qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9Uz"
         "pERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_"
         "fcIe8u9ipH84og"
         "oree7vjbU5y18kDquDg"},
    {"RFC 7520, 4.2: PS384", bilbo_rsa,
     std::string("eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.") + frodo +
         ".cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-"
         "tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1O"
         "LPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_"
         "ijQ7p8Vdz0TTrxUeT3lm8d9sh"
         "nr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_"
         "jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ"
         "6oD4ifKo8DYM-X72Eaw"},
    {"RFC 7520, 4.3: ES512", bilbo_ec,
     std::string("eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.") + frodo +
         ".AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_"
         "u_sDDyYjn"
         "AMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2"},
    {"RFC 8037, A.4: EdDSA",
     R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
     "09PGcvMg3AIbQR6dWbhijcNR4ki4i"
     "ylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
};

BearerKeySet::Finding finding(const std::string& set, const std::string& token) {
    return BearerKeySet::parse(set).verify(BearerToken::parse(token), token);
}
std::string set_of(const std::string& jwk) { return "{\"keys\":[" + jwk + "]}"; }

struct Algorithm {
    const char* name;
    SigningKey key;
};

const Algorithm* algorithms() {
    static const auto rsa = SigningKey::rsa("k");
    static const Algorithm all[] = {{"RS256", rsa},
                                    {"RS384", rsa},
                                    {"RS512", rsa},
                                    {"PS256", rsa},
                                    {"PS384", rsa},
                                    {"PS512", rsa},
                                    {"ES256", SigningKey::ec("k", "P-256")},
                                    {"ES384", SigningKey::ec("k", "P-384")},
                                    {"ES512", SigningKey::ec("k", "P-521")},
                                    {"EdDSA", SigningKey::ed25519("k")}};
    return all;
}

struct BadHeader {
    const char* header;
    const char* why;
};
std::ostream& operator<<(std::ostream& out, const BadHeader& bad) { return out << bad.header; }
const BadHeader bad_headers[] = {{R"({"alg":"none"})", "algorithm"},
                                 {R"({"alg":"None"})", "algorithm"},
                                 {R"({"alg":""})", "algorithm"},
                                 {R"({"alg":"HS256"})", "algorithm"},
                                 {R"({"alg":"HS512"})", "algorithm"},
                                 {R"({"alg":"rs256"})", "algorithm"},
                                 {R"({"alg":"ES256K"})", "algorithm"},
                                 {R"({})", "algorithm"},
                                 {R"({"alg":1})", "no text"},
                                 {R"({"alg":["RS256"]})", "no text"},
                                 {R"({"alg":"RS256","alg":"none"})", "each member once"},
                                 {R"({"alg":"RS256","crit":["b64"],"b64":false})", "crit"},
                                 {R"({"alg":"RS256","crit":[]})", "crit"},
                                 {R"({"alg":"RS256","kid":7})", "no text"},
                                 {R"({"alg":"RS256","typ":"JWE"})", "typ"},
                                 {R"({"alg":"RS256","typ":"logout+jwt"})", "typ"},
                                 {R"(["RS256"])", "no JSON object"},
                                 {R"("RS256")", "no JSON object"},
                                 {R"({"alg":"RS256")", "no JSON object"},
                                 {"", "no JSON object"},
                                 {"{\"alg\":\"RS256\",\"kid\":\"\xff\"}", "no JSON object"},
                                 {R"({"alg":"RS256","a":[[[[[[[[1]]]]]]]]})", "no JSON object"}};

const char* const no_keys[] = {
    R"({"kty":"oct","k":"AAAA"})", R"({"kty":"RSA","e":"AQAB","n":"AQAB"})",
    R"({"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"})",
    R"({"kty":"EC","crv":"secp256k1","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
    // Not on the curve.
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})",
    R"({"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKx"})",
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"enc"})",
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","key_ops":["sign"]})",
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"RS256"})",
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"none"})",
    R"({"kty":"OKP","crv":"Ed25519","x":7})", R"({"kty":["OKP"]})", R"("key")", "null"};

} // namespace

BOOST_AUTO_TEST_SUITE(bearer_token)

BOOST_DATA_TEST_CASE(verifies_what_the_standards_show, data::make(vectors), vector) {
    BOOST_TEST((finding(set_of(vector.jwk), vector.token) == BearerKeySet::Finding::verified));
}

BOOST_DATA_TEST_CASE(does_not_verify_it_when_a_byte_is_another, data::make(vectors), vector) {
    const auto dot = vector.token.find('.');
    for (const auto at : {dot + 3, vector.token.size() - 30}) {
        auto changed = vector.token;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        BOOST_TEST((finding(set_of(vector.jwk), changed) == BearerKeySet::Finding::wrong));
    }
}

BOOST_DATA_TEST_CASE(verifies_each_algorithm_by_its_key_and_no_other_key, data::xrange(10), i) {
    const auto& [name, key] = algorithms()[i];
    const auto token = key.token(name, {{"a", 1}});
    BOOST_TEST_CONTEXT(name) {
        BOOST_TEST((finding(set_of(key.jwk().dump()), token) == BearerKeySet::Finding::verified));
        const auto& other = algorithms()[i < 6 ? 6 : 0].key;
        BOOST_TEST((finding(set_of(other.jwk().dump()), token) == BearerKeySet::Finding::wrong));
    }
}

BOOST_AUTO_TEST_CASE(keeps_a_key_to_the_algorithm_that_it_names) {
    const auto& key = algorithms()[0].key;
    auto jwk = key.jwk();
    jwk["alg"] = "PS256";
    BOOST_TEST(
        (finding(set_of(jwk.dump()), key.token("PS256", {{"a", 1}})) == BearerKeySet::Finding::verified));
    BOOST_TEST((finding(set_of(jwk.dump()), key.token("RS256", {{"a", 1}})) == BearerKeySet::Finding::wrong));
}

BOOST_AUTO_TEST_CASE(tells_a_key_that_is_not_there_from_a_signature_that_is_wrong) {
    const auto& key = algorithms()[6].key;
    const auto set = set_of(key.jwk().dump());
    const auto with_kid = [&](const Json& kid) { return key.token("ES256", {{"a", 1}}, {{"kid", kid}}); };
    BOOST_TEST((finding(set, with_kid("other")) == BearerKeySet::Finding::unknown_key));
    BOOST_TEST((finding(set, with_kid("k")) == BearerKeySet::Finding::verified));
    BOOST_TEST((finding(set, with_kid(nullptr)) == BearerKeySet::Finding::verified)); // none: what fits
}

BOOST_DATA_TEST_CASE(refuses_a_header, data::make(bad_headers), bad) {
    const auto token = support::to_base64url(bad.header) + ".e30.AAAA";
    BOOST_CHECK_EXCEPTION(BearerToken::parse(token), Error, [&](const Error& failure) {
        return std::string(failure.what()).find(bad.why) != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(takes_the_types_of_tokens) {
    for (const auto* typ : {"JWT", "jwt", "at+jwt", "application/at+jwt", "application/JWT"}) {
        const auto header = Json{{"alg", "RS256"}, {"typ", typ}}.dump();
        BOOST_CHECK_NO_THROW(BearerToken::parse(support::to_base64url(header) + ".e30.AAAA"));
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_has_not_the_shape_of_a_token) {
    const std::string header = "eyJhbGciOiJSUzI1NiJ9";
    for (const auto& token :
         {std::string(""), std::string("a"), std::string(".."), header + ".e30", header + ".e30.",
          header + ".e30.AA.", header + ".e30.AA==", header + ".e30.A", header + ".e3 0.AA",
          header + ".e30.AA\n", std::string(1 << 20, 'a'), header + ".e30." + std::string(16 * 1024, 'A')})
        BOOST_CHECK_THROW(BearerToken::parse(token), Error);
}

BOOST_AUTO_TEST_CASE(refuses_a_signature_of_the_wrong_length) {
    for (const auto* alg : {"ES256", "ES384", "ES512", "EdDSA"}) {
        const auto header = support::to_base64url(Json{{"alg", alg}}.dump());
        for (const std::size_t size : {0u, 1u, 63u, 65u, 95u, 131u, 133u, 500u})
            BOOST_CHECK_THROW(
                BearerToken::parse(header + ".e30." + support::to_base64url(std::string(size, 'x'))), Error);
    }
}

BOOST_DATA_TEST_CASE(passes_over_what_is_no_key_for_signatures, data::make(no_keys), jwk) {
    BOOST_CHECK_THROW(BearerKeySet::parse(set_of(jwk)), Error);
    const auto both = BearerKeySet::parse(set_of(std::string(jwk) + "," + algorithms()[6].key.jwk().dump()));
    BOOST_TEST(both.keys.size() == 1u);
    BOOST_TEST(both.ignored == 1u);
}

BOOST_AUTO_TEST_CASE(keeps_sixty_four_keys) {
    auto many = Json::array();
    for (int i = 0; i < 100; ++i) many.push_back(algorithms()[9].key.jwk());
    const auto set = BearerKeySet::parse(Json{{"keys", many}}.dump());
    BOOST_TEST(set.keys.size() == 64u);
    BOOST_TEST(set.ignored == 36u);
}

BOOST_AUTO_TEST_CASE(refuses_a_set_of_a_hundred_thousand_keys) {
    std::string many = "{}";
    for (int i = 1; i < 100'000; ++i) many += ",{}";
    BOOST_CHECK_THROW(BearerKeySet::parse(set_of(many)), Error);
}

BOOST_AUTO_TEST_SUITE_END()
