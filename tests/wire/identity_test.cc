// Who asks, over a real socket: what is shown, what is answered, and that nothing of a stranger's body is taken.
#define BOOST_TEST_DYN_LINK
#include "agent/auth/account_file.hh"
#include "agent/auth/passwords.hh"
#include "agent/auth/tokens.hh"
#include "tests/support/agent_under_test.hh"
#include "tests/support/basic.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace {

using auth::Account;
using auth::AccountFile;
using auth::AccountKind;
using auth::Role;

struct Fixture {
    support::TempFolder folder;
    std::filesystem::path passwords = folder.path() / "passwords", tokens = folder.path() / "tokens";
    Secret front = auth::make_token(), reader = auth::make_token();
    support::AgentUnderTest agent;
    const support::Client& client = agent.client();

    Fixture() {
        auth::change_account_file(passwords, AccountKind::password, [](AccountFile& all) {
            all.put({"alice", auth::hash_for("secret", false), Role::user, "lab"});
            all.put({"bob", auth::hash_for("secret", false), Role::user, "lab"});
            all.put({"root", auth::hash_for("toor", false), Role::administrator});
            all.put({"old", auth::hash_for("secret", true), Role::user, "", true});
        });
        auth::change_account_file(tokens, AccountKind::token, [this](AccountFile& all) {
            all.put({"front", auth::hash_of_token(front.reveal()), Role::orchestrator});
            all.put({"reader", auth::hash_of_token(reader.reveal()), Role::viewer});
        });
        agent.authenticator().use({.passwords = passwords, .tokens = tokens});
    }

    support::Answer as(const std::string& authorization, const std::string& method, const std::string& target,
                       const std::string& body = "", support::Headers more = {}) const {
        more.emplace_back("Authorization", authorization);
        return client.send(method, target, body, more);
    }
    std::string bearer(const Secret& token) const { return "Bearer " + token.reveal(); }
};

const auto alice = support::basic("alice", "secret");
const std::string network = "<NETWORK><NAME>n</NAME><ADDRESS>10.9.0.0</ADDRESS></NETWORK>";

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_identity, Fixture)

BOOST_AUTO_TEST_CASE(is_asked_for_with_every_scheme_that_is_on) {
    const auto answer = client.get("/compute");
    BOOST_TEST(answer.status == 401);
    BOOST_TEST(answer.header("www-authenticate").find(R"(Basic realm="occi-agent", charset="UTF-8")") !=
               std::string::npos);
    BOOST_TEST(answer.header("www-authenticate").find(R"(Bearer realm="occi-agent")") != std::string::npos);
    BOOST_TEST(answer.header("www-authenticate").find("Keystone") == std::string::npos);
    BOOST_TEST(answer.body.find("has to be proven") != std::string::npos);
    agent.authenticator().use({.tokens = tokens});
    BOOST_TEST(client.get("/compute").header("www-authenticate") == R"(Bearer realm="occi-agent")");
}

BOOST_AUTO_TEST_CASE(is_proven_by_a_password) {
    BOOST_TEST(as(alice, "GET", "/compute").status == 200);
    BOOST_TEST(as(support::basic("alice", "Secret"), "GET", "/compute").status == 401);
    BOOST_TEST(as(support::basic("nobody", "secret"), "GET", "/compute").status == 401);
    BOOST_TEST(as("Basic nonsense", "GET", "/compute").status == 401);
    BOOST_TEST(as("Digest username=\"alice\"", "GET", "/compute").status == 401);
}

BOOST_AUTO_TEST_CASE(is_proven_by_a_sha1_only_where_the_account_takes_it) {
    const std::string sha1 = "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4";
    BOOST_TEST(as(support::basic("old", sha1), "GET", "/compute").status == 200);
    BOOST_TEST(as(support::basic("old", "secret"), "GET", "/compute").status == 200);
    BOOST_TEST(as(support::basic("alice", sha1), "GET", "/compute").status == 401);
}

BOOST_AUTO_TEST_CASE(is_proven_by_a_token_in_either_header) {
    BOOST_TEST(as(bearer(reader), "GET", "/compute").status == 200);
    BOOST_TEST(client.send("GET", "/compute", "", {{"X-Auth-Token", reader.reveal()}}).status == 200);
    const auto wrong = as("Bearer occi_nobody", "GET", "/compute");
    BOOST_TEST(wrong.status == 401);
    BOOST_TEST(wrong.header("www-authenticate").find("error=\"invalid_token\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(decides_whose_the_entity_is_that_is_made) {
    const auto made = as(alice, "POST", "/network", network);
    BOOST_TEST(made.status == 201, made.body);
    const auto entry = "/network/" + made.id();
    BOOST_TEST(as(alice, "GET", entry).status == 200);
    BOOST_TEST(as(support::basic("bob", "secret"), "GET", entry).status == 404);
    BOOST_TEST(as(support::basic("root", "toor"), "GET", entry).status == 200);
    BOOST_TEST(as(support::basic("bob", "secret"), "DELETE", entry).status == 404);
    BOOST_TEST(as(alice, "DELETE", entry).status == 204);
}

BOOST_AUTO_TEST_CASE(of_a_stranger_is_answered_before_his_body) {
    const auto answer = client.raw("POST /network HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
                                   "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
    BOOST_TEST(answer.status == 401);
    BOOST_TEST(answer.header("connection") == "close");
}

BOOST_AUTO_TEST_CASE(is_found_out_before_the_body_of_who_is_known_is_asked_for) {
    const auto answer =
        client.raw("POST /network HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n"
                   "Authorization: " +
                   alice + "\r\nConnection: close\r\nContent-Length: " + std::to_string(network.size()) +
                   "\r\n\r\n" + network);
    BOOST_TEST(answer.status == 201, answer.body);
}

BOOST_AUTO_TEST_CASE(of_many_who_ask_at_once_is_found_out) {
    std::vector<std::jthread> threads;
    std::atomic<int> good = 0;
    for (int each = 0; each < 16; ++each)
        threads.emplace_back([&] { good += as(alice, "GET", "/compute").status == 200; });
    threads.clear();
    BOOST_TEST(good == 16);
}

BOOST_AUTO_TEST_CASE(changes_when_an_orchestrator_acts_for_somebody) {
    const auto made = as(bearer(front), "POST", "/network", network, {{"X-On-Behalf-Of", "carol"}});
    BOOST_TEST(made.status == 201, made.body);
    BOOST_TEST(as(bearer(front), "GET", "/network/" + made.id(), "", {{"X-On-Behalf-Of", "carol"}}).status ==
               200);
    BOOST_TEST(as(bearer(front), "GET", "/network/" + made.id(), "", {{"X-On-Behalf-Of", "dave"}}).status ==
               404);
    const auto refused = as(alice, "GET", "/compute", "", {{"X-On-Behalf-Of", "bob"}});
    BOOST_TEST(refused.status == 403);
    BOOST_TEST(refused.body.find("only an orchestrator may act for others") != std::string::npos);
    BOOST_TEST(as(bearer(front), "GET", "/compute", "", {{"X-On-Behalf-Of", ""}}).status == 400);
    BOOST_TEST(as(bearer(front), "GET", "/compute", "", {{"X-On-Behalf-Of-Group", "lab"}}).status == 400);
}

BOOST_AUTO_TEST_CASE(is_forgotten_when_the_password_changes) {
    BOOST_TEST(as(alice, "GET", "/compute").status == 200);
    auth::change_account_file(passwords, AccountKind::password, [](AccountFile& all) {
        all.put({"alice", auth::hash_for("another", false)});
    });
    BOOST_TEST(support::eventually([&] { return as(alice, "GET", "/compute").status == 401; }));
    BOOST_TEST(as(support::basic("alice", "another"), "GET", "/compute").status == 200);
}

BOOST_AUTO_TEST_CASE(is_not_needed_to_be_told_that_a_host_is_foreign) {
    const auto to = [&](const std::string& host) {
        return client.send("GET", "/compute", "", {{"Host", host}, {"Authorization", alice}}).status;
    };
    BOOST_TEST(to("page.example.org") == 403);
    BOOST_TEST(to("192.0.2.7:4567") == 200);
    agent.door().use({"node.example"});
    BOOST_TEST(to("node.example:4567") == 200);
}

BOOST_AUTO_TEST_CASE(is_refused_when_it_stands_there_twice) {
    const auto twice =
        client.send("GET", "/compute", "", {{"Authorization", alice}, {"Authorization", "Basic eA=="}});
    BOOST_TEST(twice.status == 400);
    BOOST_TEST(client.send("GET", "/compute", "", {{"X-Auth-Token", reader.reveal()}, {"X-Auth-Token", "x"}})
                   .status == 400);
    BOOST_TEST(
        as(bearer(front), "GET", "/compute", "", {{"X-On-Behalf-Of", "a"}, {"X-On-Behalf-Of", "b"}}).status ==
        400);
}

// A browser sends the password that it has for this host with what any page asks for.
BOOST_AUTO_TEST_CASE(does_not_let_a_page_of_another_site_change_anything) {
    const auto from = [&](const std::string& origin, const std::string& method, const std::string& body) {
        return as(alice, method, "/network", body, {{"Origin", origin}, {"Host", "localhost:4567"}}).status;
    };
    for (const auto* origin :
         {"https://evil.example", "null", "http://localhost:8080", "http://localhost", "x"}) {
        BOOST_TEST(from(origin, "POST", network) == 403);
        BOOST_TEST(from(origin, "GET", "") == 200);
    }
    BOOST_TEST(from("http://localhost:4567", "POST", network) == 201);
    agent.authenticator().use({});
    const auto open = client.send("POST", "/network", network, {{"Origin", "https://evil.example"}});
    BOOST_TEST(open.status == 403);
    BOOST_TEST(open.body.find("another site") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_who_shows_what_nobody_has_configured_is_refused) {
    const auto answer = as("Bearer eyJhbGciOiJSUzI1NiJ9.e30.x", "GET", "/compute");
    BOOST_TEST(answer.status == 401);
    BOOST_TEST(answer.body.find("does not prove") != std::string::npos);
}

// Which of the two was wrong, nobody is told.
BOOST_AUTO_TEST_CASE(that_is_not_proven_is_answered_alike_for_a_wrong_name_and_a_wrong_password) {
    const auto wrong = as(support::basic("alice", "very-secret"), "GET", "/compute"),
               unknown = as(support::basic("nobody", "very-secret"), "GET", "/compute");
    BOOST_TEST(wrong.body == unknown.body);
    BOOST_TEST(wrong.body.find("very-secret") == std::string::npos);
    BOOST_TEST(wrong.body.find("alice") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
