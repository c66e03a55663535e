#define BOOST_TEST_DYN_LINK
#include "agent/fetch/door.hh"

#include "tests/unit/fetch_scene.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>

namespace data = boost::unit_test::data;
using namespace fetch_scene;
using support::ScriptedPeer;
using support::ScriptedRequest;
using support::ScriptedServer;

namespace {

// Counts who comes, which nobody should.
struct Forbidden {
    ScriptedServer server{
        ScriptedServer::each([](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(200, "inside"); })};
    unsigned visits() const { return server.connections(); }
    std::string port() const { return std::to_string(server.port()); }
};

ScriptedServer leading_to(std::string location, int status = 302) {
    return ScriptedServer(ScriptedServer::each([=](ScriptedPeer& peer, const ScriptedRequest&) {
        peer.answer(status, "", "Location: " + location + "\r\n");
    }));
}

fetch::Policy public_policy() {
    auto policy = inward_policy();
    policy.networks.clear();
    return policy;
}

// All that leads to 127.0.0.1 on this host.
const char* const spellings[] = {"127.0.0.1",  "127.1",           "2130706433", "0x7f.1",
                                 "0177.0.0.1", "localhost",       "0.0.0.0",    "[::ffff:127.0.0.1]",
                                 "LOCALHOST",  "[::ffff:7f00:1]", "0",          "127.0.0.2",
                                 "[::]",       "[::127.0.0.1]"};

} // namespace

BOOST_AUTO_TEST_SUITE(fetch_inward)

BOOST_DATA_TEST_CASE(does_not_reach_this_host_however_it_is_called, data::make(spellings), host) {
    const Forbidden inside;
    const auto refusal = refusal_of(public_policy(), inside.server.url("/", host));
    BOOST_TEST(!refusal.sentence.empty());
    BOOST_TEST(inside.visits() == 0u);
}

BOOST_AUTO_TEST_CASE(does_not_reach_the_metadata_of_clouds) {
    for (const auto* url : {"http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/latest/",
                            "http://100.100.100.200/", "http://[::ffff:169.254.169.254]/"})
        BOOST_TEST((refusal_of(public_policy(), url).fault == Fault::forbidden));
}

BOOST_AUTO_TEST_CASE(is_not_led_inward) {
    const Forbidden inside;
    const auto url = inside.server.url("/", "127.0.0.2");
    for (const int status : {301, 302, 303, 307, 308}) {
        const auto outside = leading_to(url, status);
        auto policy = public_policy();
        policy.networks = {*IpBlock::parse("127.0.0.1/32")};
        BOOST_TEST((refusal_of(policy, outside.url("/")).fault == Fault::forbidden));
    }
    BOOST_TEST(inside.visits() == 0u);
}

BOOST_AUTO_TEST_CASE(is_not_led_to_another_scheme_nor_into_credentials) {
    for (const auto* location : {"file:///etc/passwd", "gopher://127.0.0.1:1/x", "ftp://127.0.0.1/",
                                 "http://a:b@127.0.0.1/", "dict://x"}) {
        const auto outside = leading_to(location);
        BOOST_TEST((refusal_of(inward_policy(), outside.url("/")).fault == Fault::invalid));
    }
}

BOOST_AUTO_TEST_CASE(connects_to_the_address_that_was_checked_though_the_name_has_another_one_now) {
    const Forbidden inside;
    const ScriptedServer outside(ScriptedServer::each(
        [](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(200, "outside"); }));
    std::atomic<int> asked{0};
    auto policy = inward_policy();
    policy.networks = {*IpBlock::parse("127.0.0.1/32")};
    // The first answer is allowed and the next is not: rebinding.
    policy.resolver = [&](const std::string&) {
        return std::vector{*Ip::parse(asked++ == 0 ? "127.0.0.1" : "127.0.0.2")};
    };
    const fetch::Door door(policy);
    BOOST_TEST(door.ask({outside.url("/", "rebinding.example")}).body == "outside");
    BOOST_TEST(asked == 1);
    BOOST_TEST((refusal_of(door, {inside.server.url("/", "rebinding.example")}).fault == Fault::forbidden));
    BOOST_TEST(inside.visits() == 0u);
}

BOOST_AUTO_TEST_CASE(takes_of_many_addresses_those_that_are_allowed) {
    const ScriptedServer outside(ScriptedServer::each(
        [](ScriptedPeer& peer, const ScriptedRequest&) { peer.answer(200, "outside"); }));
    auto policy = inward_policy();
    policy.networks = {*IpBlock::parse("127.0.0.1/32")};
    policy.resolver = [](const std::string&) {
        return std::vector{*Ip::parse("10.0.0.1"), *Ip::parse("::1"), *Ip::parse("127.0.0.1")};
    };
    BOOST_TEST(fetch::Door(policy).ask({outside.url("/", "many.example")}).body == "outside");
}

BOOST_AUTO_TEST_CASE(asks_nobody_but_the_hosts_of_a_list) {
    const Forbidden inside;
    auto policy = inward_policy();
    policy.hosts = {"idp.example", ".idp.example"};
    policy.resolver = [](const std::string&) { return std::vector{*Ip::parse("127.0.0.1")}; };
    for (const auto* host :
         {"127.0.0.1", "localhost", "notidp.example", "idp.example.org", "example", "xidp.example"})
        BOOST_TEST((refusal_of(policy, inside.server.url("/", host)).fault == Fault::forbidden));
    BOOST_TEST(inside.visits() == 0u);
    for (const auto* host : {"idp.example", "a.idp.example", "IDP.Example"})
        BOOST_TEST(fetch::Door(policy).ask({inside.server.url("/", host)}).body == "inside");
}

BOOST_AUTO_TEST_CASE(speaks_https_alone_unless_it_is_told_otherwise) {
    const Forbidden inside;
    auto policy = inward_policy();
    policy.allows_http = false;
    BOOST_TEST((refusal_of(policy, inside.server.url("/")).fault == Fault::forbidden));
    BOOST_TEST(inside.visits() == 0u);
}

BOOST_AUTO_TEST_CASE(follows_a_redirect_and_says_where_it_was_found) {
    const ScriptedServer server(ScriptedServer::each([](ScriptedPeer& peer, const ScriptedRequest& asked) {
        if (asked.target == "/a")
            peer.answer(301, "moved", "Location: b?c\r\n");
        else
            peer.answer(200, asked.target);
    }));
    const auto answer = fetch::Door(inward_policy()).ask({server.url("/a")});
    BOOST_TEST(answer.body == "/b?c");
    BOOST_TEST(answer.head.url == server.url("/b"));
}

BOOST_AUTO_TEST_CASE(does_not_follow_for_ever) {
    const auto server = leading_to("/again");
    const auto refusal = refusal_of(inward_policy(), server.url("/"));
    BOOST_TEST(refusal.says("leads on and on"));
    BOOST_TEST(server.connections() == 6u);
}

BOOST_AUTO_TEST_CASE(keeps_authorization_to_the_origin_that_it_is_for) {
    const ScriptedServer other(ScriptedServer::each([](ScriptedPeer& peer, const ScriptedRequest& asked) {
        peer.answer(200, "[" + asked.header("Authorization") + "]");
    }));
    const ScriptedServer first(ScriptedServer::each([&](ScriptedPeer& peer, const ScriptedRequest& asked) {
        if (asked.target == "/far")
            peer.answer(302, "", "Location: " + other.url("/") + "\r\n");
        else if (asked.target == "/near")
            peer.answer(302, "", "Location: /here\r\n");
        else
            peer.answer(200, "[" + asked.header("Authorization") + "]");
    }));
    const fetch::Door door(inward_policy());
    BOOST_TEST(door.ask({first.url("/near"), {}, "Bearer x"}).body == "[Bearer x]");
    BOOST_TEST(door.ask({first.url("/far"), {}, "Bearer x"}).body == "[]");
}

BOOST_AUTO_TEST_CASE(sends_a_body_nowhere_else) {
    const Forbidden inside;
    for (const int status : {301, 302, 303, 307, 308}) {
        const auto server = leading_to(inside.server.url("/"), status);
        fetch::Question question{server.url("/")};
        question.body = "token=hush";
        BOOST_TEST(refusal_of(fetch::Door(inward_policy()), question).says("no body is sent"));
    }
    BOOST_TEST(inside.visits() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
