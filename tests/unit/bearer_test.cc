#define BOOST_TEST_DYN_LINK
#include "tests/unit/bearer_scene.hh"

#include "agent/base/error.hh"
#include "tests/support/captured_stderr.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <vector>

using namespace bearer_scene;
using auth::Bearer;

namespace {

struct Attack {
    const char* name;
    std::string token;
    const char* why; // part of what the log is told
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(bearer, Scene)

BOOST_AUTO_TEST_CASE(knows_the_bearer_by_name_role_and_group) {
    issuer.publish({rsa_key().jwk(), ec_key().jwk()});
    Bearer way(options);
    for (const auto& token : {rsa_key().token("RS256", claims()), ec_key().token("ES256", claims())}) {
        const auto verdict = verdict_of(way, token);
        BOOST_REQUIRE_MESSAGE(verdict.who, verdict.why);
        BOOST_TEST(verdict.who->name == "alice");
        BOOST_TEST((verdict.who->role == auth::Role::user));
        BOOST_TEST(verdict.who->group == "users");
        BOOST_TEST((verdict.who->proof == auth::Proof::bearer));
        BOOST_TEST((verdict.holds_until == clock.reader()() + 60s));
    }
    BOOST_TEST(issuer.asked("/keys") == 1u);
}

BOOST_AUTO_TEST_CASE(does_not_fall_for) {
    issuer.publish({rsa_key().jwk(), ec_key().jwk()});
    const auto with = [&](const Json& patch) { return ec_key().token("ES256", claims_with(patch)); };
    const auto headed = [&](const Json& header) { return ec_key().token("ES256", claims(), header); };
    const auto stranger = SigningKey::ec("ec", "P-256");
    const auto foreign = issuer.url() + "/foreign";
    const auto twice = claims().dump().insert(1, R"("sub":"root",)");
    const Attack attacks[] = {
        {"HS256 by the public key",
         support::hmac_token({{"alg", "HS256"}, {"kid", "rsa"}}, claims(), rsa_key().public_pem()),
         "algorithm"},
        {"HS256 by the modulus",
         support::hmac_token({{"alg", "HS256"}, {"kid", "rsa"}}, claims(),
                             rsa_key().jwk()["n"].get<std::string>()),
         "algorithm"},
        {"none", support::unsigned_token({{"alg", "none"}, {"kid", "ec"}}, claims()), "algorithm"},
        {"no signature", support::unsigned_token({{"alg", "ES256"}, {"kid", "ec"}}, claims()),
         "wrong length"},
        {"a signature of zeros",
         support::unsigned_token({{"alg", "ES256"}, {"kid", "ec"}}, claims()) +
             support::to_base64url(std::string(64, '\0')),
         "signature does not fit"},
        {"the name of another key", headed({{"kid", "rsa"}}), "signature does not fit"},
        {"a stranger's key of the same name", stranger.token("ES256", claims()), "signature does not fit"},
        {"a kid that is a path", headed({{"kid", "../../../../dev/null"}}), "no key of the issuer"},
        {"a kid that is SQL", headed({{"kid", "x' UNION SELECT 'key"}}), "no key of the issuer"},
        {"a kid that is a command", headed({{"kid", "$(touch /tmp/owned)|x"}}), "no key of the issuer"},
        {"a kid that is a URL", headed({{"kid", foreign}}), "no key of the issuer"},
        {"jku", stranger.token("ES256", claims(), {{"jku", foreign}}), "signature does not fit"},
        {"x5u", stranger.token("ES256", claims(), {{"x5u", foreign}}), "signature does not fit"},
        {"jwk", stranger.token("ES256", claims(), {{"jwk", stranger.jwk()}}), "signature does not fit"},
        {"x5c", stranger.token("ES256", claims(), {{"x5c", {"MIIB"}}}), "signature does not fit"},
        {"crit", headed({{"crit", {"exp"}}, {"exp", noon}}), "crit"},
        {"expired", with({{"exp", noon - 60}}), "has expired"},
        {"no exp", with({{"exp", nullptr}}), "when it expires"},
        {"exp as text", with({{"exp", "2999-01-01"}}), "no time"},
        {"exp beyond all", with({{"exp", 1e300}}), "no time"},
        {"exp before all", with({{"exp", -1}}), "no time"},
        {"nbf", with({{"nbf", noon + 61}}), "does not hold yet"},
        {"iat in the future", with({{"iat", noon + 61}}), "from the future"},
        {"another issuer", with({{"iss", "https://evil.example"}}), "another issuer"},
        {"the issuer with a slash", with({{"iss", issuer.url() + "/"}}), "another issuer"},
        {"no issuer", with({{"iss", nullptr}}), "another issuer"},
        {"a list of issuers", with({{"iss", {issuer.url()}}}), "no text"},
        {"another audience", with({{"aud", "other"}}), "another audience"},
        {"a part of the audience", with({{"aud", {"occ", "occi2", "OCCI"}}}), "another audience"},
        {"no audience", with({{"aud", nullptr}}), "another audience"},
        {"an audience of numbers", with({{"aud", {1}}}), "neither text nor"},
        {"no name", with({{"sub", nullptr}}), "no name"},
        {"an empty name", with({{"sub", ""}}), "no name"},
        {"a name with a line in it", with({{"sub", "a\nb"}}), "no name"},
        {"a name that is none", with({{"sub", {"alice"}}}), "no name"},
        {"no role", with({{"roles", {"guests"}}}), "gives a role"},
        {"a role by half", with({{"roles", "adminsx xadmins"}}), "gives a role"},
        {"claims twice", ec_key().token("ES256", twice), "each member once"},
        {"claims that are no object", ec_key().token("ES256", "[1]"), "no JSON object"},
        {"a megabyte", std::string(1 << 20, 'a'), "too long"},
        {"nothing but dots", "..", "no JSON object"},
        {"an encrypted token", "a.b.c.d.e", "no JWS"},
    };
    Bearer way(options);
    BOOST_REQUIRE(verdict_of(way, ec_key().token("ES256", claims())).who); // what is not attacked is let in
    for (const auto& attack : attacks) BOOST_TEST_CONTEXT(attack.name) {
            const auto verdict = verdict_of(way, attack.token);
            BOOST_TEST(!verdict.who.has_value());
            BOOST_TEST(!verdict.is_unknown);
            BOOST_TEST(verdict.why.find(attack.why) != std::string::npos, verdict.why);
        }
    BOOST_TEST(issuer.asked("/foreign") == 0u);
    BOOST_TEST(issuer.asked("/keys") == 1u); // however many kids nobody knows
}

BOOST_AUTO_TEST_CASE(allows_for_clocks_that_differ) {
    issuer.publish({ec_key().jwk()});
    Bearer way(options);
    for (const auto& patch : {Json{{"exp", noon - 59}}, Json{{"nbf", noon + 60}}, Json{{"iat", noon + 60}},
                              Json{{"exp", noon + 0.5}}, Json{{"aud", {"x", "urn:other"}}}})
        BOOST_TEST(verdict_of(way, ec_key().token("ES256", claims_with(patch))).who.has_value());
}

BOOST_AUTO_TEST_CASE(takes_the_highest_role_and_the_first_group_of_its_table) {
    issuer.publish({ec_key().jwk()});
    options.roles_claim = "realm_access.roles";
    options.name_claim = "preferred_username";
    Bearer way(options);
    const auto verdict = verdict_of(
        way,
        ec_key().token("ES256", claims_with({{"preferred_username", "bob"},
                                             {"realm_access", {{"roles", {"people", "x", "admins"}}}}})));
    BOOST_REQUIRE_MESSAGE(verdict.who, verdict.why);
    BOOST_TEST(verdict.who->name == "bob");
    BOOST_TEST((verdict.who->role == auth::Role::administrator));
    BOOST_TEST(verdict.who->group == "staff");
}

BOOST_AUTO_TEST_CASE(takes_a_claim_with_dots_by_its_whole_name_and_words_of_a_text) {
    issuer.publish({ec_key().jwk()});
    options.roles_claim = "https://idp.example/groups";
    Bearer way(options);
    BOOST_TEST(
        verdict_of(way, ec_key().token("ES256", claims_with({{"https://idp.example/groups", "x people y"}})))
            .who.has_value());
}

BOOST_AUTO_TEST_CASE(gives_others_the_role_that_is_for_them) {
    issuer.publish({ec_key().jwk()});
    options.other_role = auth::Role::viewer;
    Bearer way(options);
    const auto verdict = verdict_of(way, ec_key().token("ES256", claims_with({{"roles", nullptr}})));
    BOOST_REQUIRE(verdict.who);
    BOOST_TEST((verdict.who->role == auth::Role::viewer));
}

BOOST_AUTO_TEST_CASE(is_tried_by_what_is_a_bearer_token) {
    const Bearer alone(options);
    options.introspect_url = "https://idp.example/introspect";
    const Bearer beside(options);
    const auto tried = [](const Bearer& way, std::string_view authorization, std::string_view token = {}) {
        return way.is_tried({authorization, token, nullptr, nullptr, "unix"});
    };
    BOOST_TEST(tried(alone, "Bearer opaque"));
    BOOST_TEST(tried(alone, "bearer a.b.c"));
    BOOST_TEST(!tried(beside, "Bearer opaque"));
    BOOST_TEST(tried(beside, "Bearer a.b.c"));
    BOOST_TEST(!tried(alone, "Basic a.b.c"));
    BOOST_TEST(!tried(alone, "Bearer "));
    BOOST_TEST(!tried(alone, "Bearerx"));
    BOOST_TEST(tried(alone, "", "a.b.c"));
    BOOST_TEST(!tried(alone, "", "opaque"));
    BOOST_TEST(alone.challenge(true).find("invalid_token") != std::string::npos);
    BOOST_TEST(alone.challenge(false).find("invalid_token") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(needs_an_issuer_and_an_audience) {
    auto without = options;
    without.audience.clear();
    BOOST_CHECK_THROW(Bearer{without}, Error);
    without = options;
    without.issuer.clear();
    BOOST_CHECK_THROW(Bearer{without}, Error);
}

BOOST_AUTO_TEST_CASE(asks_for_the_keys_once_however_many_wait_for_them) {
    std::promise<void> go;
    issuer.serve("/keys", [&, gate = go.get_future().share()](ScriptedPeer& peer, const ScriptedRequest&) {
        gate.wait();
        peer.answer(200, Json{{"keys", Json::array({ec_key().jwk()})}}.dump());
    });
    Bearer way(options);
    std::vector<std::future<auth::Verdict>> all;
    for (int i = 0; i < 50; ++i) all.push_back(ask(way, ec_key().token("ES256", claims())));
    go.set_value();
    for (auto& each : all) BOOST_TEST(each.get().who.has_value());
    BOOST_TEST(issuer.asked("/keys") == 1u);
}

BOOST_AUTO_TEST_CASE(asks_once_a_minute_for_a_key_that_nobody_knows) {
    issuer.publish({ec_key().jwk()}, "Cache-Control: max-age=86400\r\n");
    Bearer way(options);
    const auto next = SigningKey::ec("next", "P-256");
    const auto token = next.token("ES256", claims());
    BOOST_TEST(!verdict_of(way, token).who.has_value());
    issuer.publish({ec_key().jwk(), next.jwk()}, "Cache-Control: max-age=86400\r\n");
    for (int i = 0; i < 100; ++i) BOOST_TEST(!verdict_of(way, token).who.has_value());
    BOOST_TEST(issuer.asked("/keys") == 1u);
    clock.turn(61s);
    BOOST_TEST(verdict_of(way, token).who.has_value()); // the rotation is seen
    BOOST_TEST(issuer.asked("/keys") == 2u);
    const auto other = SigningKey::ec("other", "P-256").token("ES256", claims());
    for (int i = 0; i < 100; ++i) BOOST_TEST(!verdict_of(way, other).who.has_value());
    BOOST_TEST(issuer.asked("/keys") == 2u);
}

BOOST_AUTO_TEST_CASE(keeps_the_keys_for_as_long_as_it_is_told_but_not_too_long_nor_too_short) {
    struct Row {
        const char* header;
        std::chrono::seconds still, no_longer;
    };
    for (const auto& [header, still, no_longer] :
         {Row{"", 299s, 301s}, Row{"Cache-Control: max-age=1\r\n", 299s, 301s},
          Row{"Cache-Control: public, max-age=3600\r\n", 3599s, 3601s},
          Row{"Cache-Control: max-age=99999999\r\n", 86'399s, 86'401s},
          Row{"Cache-Control: no-store\r\n", 299s, 301s}}) {
        Scene scene;
        scene.issuer.publish({ec_key().jwk()}, header);
        Bearer way(scene.options);
        const auto token = ec_key().token("ES256", scene.claims_with({{"exp", noon + 1'000'000}}));
        BOOST_TEST_CONTEXT(header) {
            BOOST_TEST(verdict_of(way, token).who.has_value());
            scene.clock.turn(still);
            BOOST_TEST(verdict_of(way, token).who.has_value());
            BOOST_TEST(scene.issuer.asked("/keys") == 1u);
            scene.clock.turn(no_longer - still);
            BOOST_TEST(verdict_of(way, token).who.has_value());
            BOOST_TEST(scene.issuer.asked("/keys") == 2u);
        }
    }
}

BOOST_AUTO_TEST_CASE(forgets_a_key_that_the_issuer_has_taken_back) {
    issuer.publish({ec_key().jwk(), rsa_key().jwk()});
    Bearer way(options);
    const auto token = ec_key().token("ES256", claims());
    BOOST_TEST(verdict_of(way, token).who.has_value());
    issuer.publish({rsa_key().jwk()});
    clock.turn(301s);
    BOOST_TEST(!verdict_of(way, token).who.has_value());
}

BOOST_AUTO_TEST_CASE(goes_by_the_last_good_keys_while_the_issuer_is_away_and_says_so) {
    issuer.publish({ec_key().jwk()});
    const support::CapturedStderr log;
    Bearer way(options);
    const auto token = ec_key().token("ES256", claims_with({{"exp", noon + 1'000'000'000}}));
    BOOST_TEST(verdict_of(way, token).who.has_value());
    BOOST_TEST(way.trouble() == "");
    const auto too_many = [](ScriptedPeer& peer, const ScriptedRequest&) {
        peer.answer(200, std::string(300'000, ' '));
    };
    const auto no_json = [](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(200, "<html>"); };
    const auto no_keys = [](ScriptedPeer& peer, const ScriptedRequest&) {
        peer.answer(200, R"({"keys":[]})");
    };
    const auto failing = [](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(500, ""); };
    const auto inward = [](ScriptedPeer& peer, const ScriptedRequest&) {
        peer.answer(302, "", "Location: http://169.254.169.254/latest/meta-data/\r\n");
    };
    const auto breaking = [](ScriptedPeer& peer, const ScriptedRequest&) { peer.reset(); };
    for (const auto& handler :
         {Issuer::Handler(too_many), Issuer::Handler(no_json), Issuer::Handler(no_keys),
          Issuer::Handler(failing), Issuer::Handler(inward), Issuer::Handler(breaking)}) {
        issuer.serve("/keys", handler);
        const auto before = issuer.asked("/keys");
        clock.turn(301s);
        BOOST_TEST(support::eventually([&] { // what was asked before may still be under way
            BOOST_TEST(verdict_of(way, token).who.has_value());
            clock.turn(61s);
            return issuer.asked("/keys") > before;
        }));
        BOOST_TEST(support::eventually([&] { return !way.trouble().empty(); }));
    }
    BOOST_TEST(log.count("and the last ones count") >= 1u);
    issuer.publish({ec_key().jwk()});
    BOOST_TEST(support::eventually([&] {
        clock.turn(61s);
        return verdict_of(way, token).who.has_value() && way.trouble().empty();
    }));
}

BOOST_AUTO_TEST_CASE(does_not_know_while_there_have_never_been_keys) {
    issuer.serve("/keys", [](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(503, ""); });
    Bearer way(options);
    const auto token = ec_key().token("ES256", claims());
    for (int i = 0; i < 20; ++i) {
        const auto verdict = verdict_of(way, token);
        BOOST_TEST(!verdict.who.has_value());
        BOOST_TEST(verdict.is_unknown);
    }
    BOOST_TEST(issuer.asked("/keys") == 1u);
    issuer.publish({ec_key().jwk()});
    clock.turn(6s);
    BOOST_TEST(verdict_of(way, token).who.has_value());
}

BOOST_AUTO_TEST_CASE(does_not_wait_for_an_issuer_who_does_not_answer) {
    issuer.serve("/keys", [](ScriptedPeer& peer, const ScriptedRequest&) { peer.wait_until_gone(); });
    options.patience = 50ms;
    Bearer way(options);
    BOOST_TEST(verdict_of(way, ec_key().token("ES256", claims())).is_unknown);
    BOOST_TEST(way.trouble().find("in time") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lets_go_of_an_issuer_who_does_not_answer_when_it_ends) {
    issuer.serve("/keys", [](ScriptedPeer& peer, const ScriptedRequest&) { peer.wait_until_gone(); });
    std::future<auth::Verdict> verdict;
    {
        Bearer way(options);
        verdict = ask(way, ec_key().token("ES256", claims()));
    }
    BOOST_REQUIRE((verdict.wait_for(0s) == std::future_status::ready));
    BOOST_TEST(verdict.get().is_unknown);
}

BOOST_AUTO_TEST_CASE(believes_no_discovery_of_another_issuer) {
    issuer.publish({ec_key().jwk()});
    for (const auto& said : {Json{{"issuer", issuer.url() + "/"}, {"jwks_uri", issuer.url() + "/keys"}},
                             Json{{"issuer", "https://evil.example"}, {"jwks_uri", issuer.url() + "/keys"}},
                             Json{{"jwks_uri", issuer.url() + "/keys"}}, Json{{"issuer", issuer.url()}},
                             Json{{"issuer", issuer.url()}, {"jwks_uri", "file:///etc/passwd"}},
                             Json{{"issuer", issuer.url()}, {"jwks_uri", "http://127.0.0.2/keys"}}}) {
        issuer.serve(
            "/.well-known/openid-configuration",
            [text = said.dump()](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(200, text); });
        Bearer way(options);
        BOOST_TEST_CONTEXT(said) {
            BOOST_TEST(verdict_of(way, ec_key().token("ES256", claims())).is_unknown);
        }
    }
    BOOST_TEST(issuer.asked("/keys") == 0u);
}

BOOST_AUTO_TEST_CASE(takes_the_keys_from_a_url_without_discovery) {
    issuer.publish({ec_key().jwk()});
    options.jwks_url = issuer.url() + "/keys";
    options.issuer = "urn:an-issuer-who-is-nowhere";
    Bearer way(options);
    BOOST_TEST(verdict_of(way, ec_key().token("ES256", claims())).who.has_value());
}

BOOST_AUTO_TEST_CASE(reads_the_keys_of_a_file_again_when_it_changes) {
    const support::TempFolder folder;
    options.jwks_file = folder.path() / "keys.json";
    const auto write = [&](const std::vector<Json>& keys) {
        const auto beside = folder.path() / "new";
        std::ofstream(beside) << Json{{"keys", keys}};
        std::filesystem::rename(beside, options.jwks_file);
    };
    write({ec_key().jwk()});
    Bearer way(options);
    const auto old_token = ec_key().token("ES256", claims()), new_token = rsa_key().token("PS256", claims());
    BOOST_TEST(verdict_of(way, old_token).who.has_value());
    BOOST_TEST(!verdict_of(way, new_token).who.has_value());
    write({rsa_key().jwk()});
    clock.turn(2s);
    BOOST_TEST(!verdict_of(way, old_token).who.has_value());
    BOOST_TEST(verdict_of(way, new_token).who.has_value());
    std::filesystem::remove(options.jwks_file);
    clock.turn(2s);
    BOOST_TEST(verdict_of(way, new_token).who.has_value()); // the last good ones
    BOOST_TEST(way.trouble().find("keys.json") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stays_in_trouble_for_as_long_as_the_file_is_no_set_of_keys) {
    const support::TempFolder folder;
    options.jwks_file = folder.path() / "keys.json";
    std::ofstream(options.jwks_file) << "{";
    Bearer way(options);
    const auto token = ec_key().token("ES256", claims());
    for (int i = 0; i < 3; ++i) {
        const auto verdict = verdict_of(way, token);
        BOOST_TEST(verdict.is_unknown);
        BOOST_TEST(!way.trouble().empty());
        clock.turn(2s);
    }
    std::ofstream(options.jwks_file) << Json{{"keys", Json::array({ec_key().jwk()})}};
    BOOST_TEST(verdict_of(way, token).who.has_value());
    BOOST_TEST(way.trouble().empty());
}

BOOST_AUTO_TEST_SUITE_END()
