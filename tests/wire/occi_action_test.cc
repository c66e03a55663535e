#define BOOST_TEST_DYN_LINK
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <tuple>

namespace data = boost::unit_test::data;
using nlohmann::json;

namespace {

const std::string scheme = "http://schemas.ogf.org/occi/infrastructure/compute/action#";

std::string category(const std::string& term) {
    return term + "; scheme=\"" + scheme + "\"; class=\"action\"";
}
std::string as_json(const std::string& term, const std::string& more = {}) {
    return "{\"action\":\"" + scheme + term + "\"" + more + "}";
}

struct Fixture : wire::Fixture {
    std::string id = agent.compute("<COMPUTE><NAME>a</NAME></COMPUTE>");

    support::Answer act(const std::string& term, const std::string& body, const support::Headers& headers) {
        return client.send("POST", "/compute/" + id + "?action=" + term, body, headers);
    }
    support::Answer act_by_text(const std::string& term, const std::string& more = {}) {
        return act(term, "Category: " + category(term) + more, {{"Content-Type", "text/plain"}});
    }
    std::string actions() const { return actions_of("/compute/" + id); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_action, Fixture)

BOOST_AUTO_TEST_CASE(is_invoked_by_text_and_answers_with_the_entity) {
    const auto answer = act_by_text("suspend");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "text/plain;charset=utf-8");
    BOOST_TEST(answer.body.starts_with("Category: compute; "));
    BOOST_TEST(agent.becomes(id, "SUSPENDED"));
    BOOST_TEST(act_by_text("start").status == 200);
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
}

BOOST_AUTO_TEST_CASE(is_invoked_by_headers) {
    const auto answer = act("stop", "",
                            {{"Content-Type", "text/occi"},
                             {"Accept", "text/occi"},
                             {"Category", category("stop")},
                             {"X-OCCI-Attribute", "method=\"poweroff\""}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "OK");
    BOOST_TEST(answer.header("Category").starts_with("compute; "));
    BOOST_TEST(agent.becomes(id, "STOPPED"));
}

BOOST_AUTO_TEST_CASE(is_invoked_by_json) {
    const auto answer = act("suspend", as_json("suspend", ",\"attributes\":{\"method\":\"hibernate\"}"),
                            {{"Content-Type", "application/occi+json"}, {"Accept", "application/json"}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(json::parse(answer.body)["id"] == "urn:uuid:" + id);
    BOOST_TEST(agent.becomes(id, "STOPPED"));
}

BOOST_AUTO_TEST_CASE(is_invoked_by_the_list_of_types_that_clients_send) {
    BOOST_TEST(act("suspend", "Category: " + category("suspend"),
                   {{"Content-Type", "text/plain,text/occi"}, {"Accept", "text/plain,text/occi"}})
                   .status == 200);
    BOOST_TEST(agent.becomes(id, "SUSPENDED"));
}

BOOST_AUTO_TEST_CASE(is_offered_only_while_it_can_be_invoked) {
    BOOST_TEST(actions() == "stop restart suspend ");
    act_by_text("suspend");
    BOOST_TEST(agent.becomes(id, "SUSPENDED"));
    BOOST_TEST(support::eventually([&] { return actions() == "start stop suspend "; }), actions());
    act_by_text("stop", "\nX-OCCI-Attribute: method=\"poweroff\"");
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    BOOST_TEST(support::eventually([&] { return actions() == "start "; }), actions());
}

BOOST_AUTO_TEST_CASE(can_be_followed_as_an_operation) {
    const auto answer = client.send("POST", "/compute/" + id + "?action=suspend", {},
                                    {{"Prefer", "respond-async"}, {"Category", category("suspend")}});
    BOOST_TEST(answer.status == 202);
    BOOST_TEST(answer.header("Location").find("/-/operations/") != std::string::npos);
    BOOST_TEST(agent.becomes(id, "SUSPENDED"));
}

BOOST_AUTO_TEST_CASE(happens_only_to_what_the_client_has_seen) {
    BOOST_TEST(act("suspend", "", {{"Category", category("suspend")}, {"If-Match", "\"old-text\""}}).status ==
               412);
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(with_a_key_is_answered_again_as_it_was) {
    const support::Headers headers{{"Category", category("suspend")}, {"Idempotency-Key", "k"}};
    const auto first = act("suspend", "", headers);
    BOOST_TEST(first.status == 200);
    const auto again = act("suspend", "", headers);
    BOOST_TEST(again.status == 200);
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(again.header("Idempotent-Replayed") == "true");
}

using Row = std::tuple<std::string, std::string, std::string, int>; // action, type, body, status
const std::vector<Row> refused = {
    {"fly", "text/plain", "Category: " + category("fly"), 400},
    {"stop", "text/plain", "Category: " + category("start"), 400},
    {"stop", "text/plain", "Category: " + category("stop") + "\nX-OCCI-Attribute: method=\"softly\"", 400},
    {"stop", "text/plain", "Category: " + category("stop") + "\nX-OCCI-Attribute: colour=\"red\"", 400},
    {"stop", "text/plain", "nonsense", 400},
    // GFD.223, 10.3.2: the query alone asks for nothing.
    {"stop", "text/plain", "", 400},
    {"stop", "text/plain", "X-OCCI-Attribute: method=\"poweroff\"", 400},
    {"stop", "text/occi", "", 400},
    {"stop", "application/occi+json", "", 400},
    {"stop", "application/json", "{}", 400},
    {"stop", "application/json", "{", 400},
    {"stop", "application/json", as_json("start"), 400},
    {"stop", "application/pdf", "x", 415},
    {"stop", "text/uri-list", "x", 415},
    {"start&action=stop", "text/plain", "", 400},
};
BOOST_DATA_TEST_CASE(is_refused, data::make(refused), action, type, body, status) {
    const auto answer = act(action, body, {{"Content-Type", type}});
    BOOST_TEST(answer.status == status);
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(is_refused_where_there_is_none) {
    const auto post = [&](const std::string& target, const support::Headers& headers) {
        return client.send("POST", target, "", headers).status;
    };
    BOOST_TEST(post("/compute/" + id, {{"Category", category("stop")}}) == 400);
    BOOST_TEST(post("/compute/" + words::nobody + "?action=stop", {{"Category", category("stop")}}) == 404);
    // Before anything is done.
    BOOST_TEST(post("/compute/" + id + "?action=stop", {{"Accept", "text/uri-list"}}) == 400);
    BOOST_TEST(post("/compute/" + id + "?action=stop", {{"Accept", "application/xml"}}) == 406);
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(is_a_conflict_in_a_state_that_does_not_admit_it) {
    act_by_text("stop", "\nX-OCCI-Attribute: method=\"poweroff\"");
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    BOOST_TEST(support::eventually([&] { return !agent.operations().holder(id); }));
    const auto answer = act("restart", as_json("restart"),
                            {{"Content-Type", "application/json"}, {"Accept", "application/json"}});
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(json::parse(answer.body)["error"] == "conflict");
}

BOOST_AUTO_TEST_SUITE_END()
