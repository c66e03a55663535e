#define BOOST_TEST_DYN_LINK
#include "agent/auth/bearer_introspection.hh"

#include "agent/base/error.hh"
#include "tests/support/captured_stderr.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"
#include "tests/unit/bearer_scene.hh"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <vector>

using namespace bearer_scene;
using auth::BearerIntrospection;

namespace {

struct IntrospectionScene : Scene {
    support::TempFolder folder;

    IntrospectionScene() {
        options.introspect_url = issuer.url() + "/introspect";
        options.client_id = "agent:1";
        options.client_secret_file = folder.path() / "secret";
        std::ofstream(options.client_secret_file) << "s3cret/+\n";
        std::filesystem::permissions(options.client_secret_file, std::filesystem::perms(0600));
        says(active());
    }
    Json active(const Json& patch = Json::object()) const {
        auto said = claims_with({{"active", true}});
        said.merge_patch(patch);
        return said;
    }
    void says(const Json& said) {
        issuer.serve("/introspect", [text = said.dump()](ScriptedPeer& peer, const ScriptedRequest&) {
            peer.answer(200, text);
        });
    }
    void says_once(std::promise<void>& go) {
        issuer.serve("/introspect", [text = active().dump(), gate = go.get_future().share()](
                                        ScriptedPeer& peer, const ScriptedRequest&) {
            gate.wait();
            peer.answer(200, text);
        });
    }
    unsigned asked() const { return issuer.asked("/introspect"); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(bearer_introspection, IntrospectionScene)

BOOST_AUTO_TEST_CASE(asks_the_issuer_as_his_client_and_knows_the_bearer) {
    std::promise<ScriptedRequest> asked;
    issuer.serve("/introspect", [&](ScriptedPeer& peer, const ScriptedRequest& question) {
        asked.set_value(question);
        peer.answer(200, active().dump());
    });
    BearerIntrospection way(options);
    const auto verdict = verdict_of(way, "opaque+token/=");
    BOOST_REQUIRE_MESSAGE(verdict.who, verdict.why);
    BOOST_TEST(verdict.who->name == "alice");
    BOOST_TEST((verdict.who->role == auth::Role::user));
    const auto question = asked.get_future().get();
    BOOST_TEST(question.method == "POST");
    BOOST_TEST(question.body == "token=opaque%2Btoken%2F%3D&token_type_hint=access_token");
    BOOST_TEST(question.header("Content-Type") == "application/x-www-form-urlencoded");
    BOOST_TEST(question.header("Authorization") ==
               "Basic YWdlbnQlM0ExOnMzY3JldCUyRiUyQg=="); // agent%3A1:s3cret%2F%2B
}

BOOST_AUTO_TEST_CASE(takes_the_token_of_x_auth_token_as_well) {
    BearerIntrospection way(options);
    const auth::Shown shown{{}, "opaque", nullptr, nullptr, "127.0.0.1"};
    BOOST_TEST(way.is_tried(shown));
    std::promise<auth::Verdict> verdict;
    const auto told = [&](const auth::Verdict& is) { verdict.set_value(is); };
    BOOST_TEST(!way.judge(shown, told).has_value());
    BOOST_TEST(verdict.get_future().get().who.has_value());
}

BOOST_AUTO_TEST_CASE(lets_what_the_issuer_says_hold_for_a_minute) {
    BearerIntrospection way(options);
    const auto verdict = verdict_of(way, "opaque");
    BOOST_TEST(
        (verdict.holds_until == std::chrono::system_clock::time_point(std::chrono::seconds(noon + 60))));
}

BOOST_AUTO_TEST_CASE(lets_nothing_hold_for_longer_than_the_token) {
    says(active({{"exp", noon + 10}}));
    BearerIntrospection way(options);
    const auto verdict = verdict_of(way, "opaque");
    BOOST_TEST(
        (verdict.holds_until == std::chrono::system_clock::time_point(std::chrono::seconds(noon + 10))));
}

BOOST_AUTO_TEST_CASE(refuses_what_does_not_hold_here) {
    for (const auto& said :
         {Json{{"active", false}}, Json::object(), active({{"active", "true"}}), active({{"active", 1}}),
          active({{"exp", noon - 60}}), active({{"nbf", noon + 61}}),
          active({{"iss", "https://evil.example"}}), active({{"aud", "other"}}), active({{"aud", nullptr}}),
          active({{"sub", nullptr}}), active({{"roles", nullptr}})}) {
        says(said);
        BearerIntrospection way(options);
        BOOST_TEST_CONTEXT(said) {
            const auto verdict = verdict_of(way, "opaque");
            BOOST_TEST(!verdict.who.has_value());
            BOOST_TEST(!verdict.is_unknown);
        }
    }
}

BOOST_AUTO_TEST_CASE(does_not_look_at_an_audience_that_nobody_wants) {
    options.audience.clear();
    says(active({{"aud", nullptr}, {"iss", nullptr}}));
    BearerIntrospection way(options);
    BOOST_TEST(verdict_of(way, "opaque").who.has_value());
}

BOOST_AUTO_TEST_CASE(asks_about_sixteen_tokens_at_a_time) {
    std::promise<void> go;
    says_once(go);
    BearerIntrospection way(options);
    std::vector<std::future<auth::Verdict>> all;
    for (int i = 0; i < 16; ++i) all.push_back(ask(way, "opaque" + std::to_string(i)));
    BOOST_TEST(verdict_of(way, "one more").is_unknown);
    go.set_value();
    for (auto& each : all) BOOST_TEST(each.get().who.has_value());
    BOOST_TEST(verdict_of(way, "one more").who.has_value());
    BOOST_TEST(asked() == 17u);
}

BOOST_AUTO_TEST_CASE(does_not_know_when_the_issuer_does_not_say) {
    const std::vector<Issuer::Handler> handlers{
        [](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(401, ""); },
        [](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(500, R"({"active":true})"); },
        [](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(200, "<html>"); },
        [](ScriptedPeer& peer, const ScriptedRequest&) {
            peer.answer(200, R"({"active":true,"active":false})");
        },
        [](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(200, std::string(300'000, ' ')); },
        [](ScriptedPeer& peer, const ScriptedRequest&) {
            peer.answer(302, "", "Location: http://127.0.0.1:1/\r\n");
        },
        [](ScriptedPeer& peer, const ScriptedRequest&) { peer.reset(); }};
    for (const auto& handler : handlers) {
        const support::CapturedStderr log;
        issuer.serve("/introspect", handler);
        BearerIntrospection way(options);
        for (int i = 0; i < 3; ++i) {
            const auto verdict = verdict_of(way, "opaque-hush");
            BOOST_TEST(!verdict.who.has_value());
            BOOST_TEST(verdict.is_unknown);
        }
        BOOST_TEST(!way.trouble().empty());
        BOOST_TEST(log.count("does not say whether they hold") == 1u); // not each time
        BOOST_TEST(log.count("hush") == 0u);
        BOOST_TEST(log.count("s3cret") == 0u);
    }
}

BOOST_AUTO_TEST_CASE(does_not_wait_for_an_issuer_who_does_not_answer) {
    issuer.serve("/introspect", [](ScriptedPeer& peer, const ScriptedRequest&) { peer.wait_until_gone(); });
    options.patience = 50ms;
    BearerIntrospection way(options);
    BOOST_TEST(verdict_of(way, "opaque").is_unknown);
}

BOOST_AUTO_TEST_CASE(lets_go_of_an_issuer_who_does_not_answer_when_it_ends) {
    issuer.serve("/introspect", [](ScriptedPeer& peer, const ScriptedRequest&) { peer.wait_until_gone(); });
    std::future<auth::Verdict> verdict;
    {
        BearerIntrospection way(options);
        verdict = ask(way, "opaque");
    }
    BOOST_REQUIRE((verdict.wait_for(10s) == std::future_status::ready));
    BOOST_TEST(verdict.get().is_unknown);
}

BOOST_AUTO_TEST_CASE(asks_nobody_about_what_is_too_long) {
    BearerIntrospection way(options);
    BOOST_TEST(!verdict_of(way, std::string(16 * 1024 + 1, 'a')).who.has_value());
    BOOST_TEST(asked() == 0u);
}

BOOST_AUTO_TEST_CASE(needs_a_client_and_its_secret) {
    auto without = options;
    without.client_id.clear();
    BOOST_CHECK_THROW(BearerIntrospection{without}, Error);
    without = options;
    without.client_secret_file = folder.path() / "absent";
    BOOST_CHECK_THROW(BearerIntrospection{without}, Error);
    std::ofstream(folder.path() / "empty") << "\nsecond";
    without.client_secret_file = folder.path() / "empty";
    BOOST_CHECK_THROW(BearerIntrospection{without}, Error);
}

BOOST_AUTO_TEST_SUITE_END()
