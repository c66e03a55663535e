#define BOOST_TEST_DYN_LINK
#include "agent/fetch/door.hh"

#include "tests/support/temp_folder.hh"
#include "tests/unit/fetch_scene.hh"

#include <boost/test/unit_test.hpp>

using namespace fetch_scene;
using support::Authority;
using support::ScriptedPeer;
using support::ScriptedRequest;
using support::ScriptedServer;

namespace {

struct Scene {
    support::TempFolder folder;
    Authority ours{folder.path(), "ours"}, foreign{folder.path(), "foreign"};

    fetch::Policy policy() const {
        auto policy = inward_policy();
        policy.allows_http = false;
        policy.ca_file = ours.certificate();
        return policy;
    }
    static ScriptedServer showing(const Authority::Issued& certificate) {
        return ScriptedServer(ScriptedServer::each([](ScriptedPeer& peer, const ScriptedRequest&) {
                                  peer.answer(200, "secret");
                              }),
                              certificate);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(fetch_tls, Scene)

BOOST_AUTO_TEST_CASE(trusts_a_certificate_of_its_authority) {
    const auto server = showing(ours.issue("server"));
    const fetch::Door door(policy());
    BOOST_TEST(door.ask({server.url("/")}).body == "secret");
    BOOST_TEST(door.ask({server.url("/", "localhost")}).body == "secret");
}

BOOST_AUTO_TEST_CASE(does_not_trust_another_authority) {
    const auto server = showing(foreign.issue("server"));
    BOOST_TEST(refusal_of(policy(), server.url("/")).says("its certificate is not trusted"));
}

BOOST_AUTO_TEST_CASE(does_not_trust_who_signs_himself) {
    const auto server = showing(ours.issue_to_itself("server"));
    BOOST_TEST(refusal_of(policy(), server.url("/")).says("its certificate is not trusted"));
}

BOOST_AUTO_TEST_CASE(does_not_trust_what_has_expired) {
    const auto server = showing(ours.issue("server", -60));
    BOOST_TEST(refusal_of(policy(), server.url("/")).says("its certificate is not trusted"));
}

BOOST_AUTO_TEST_CASE(does_not_trust_the_certificate_of_another_host) {
    const auto server = showing(ours.issue("server"));
    auto there = policy();
    there.resolver = [](const std::string&) { return std::vector{*Ip::parse("127.0.0.1")}; };
    BOOST_TEST(refusal_of(there, server.url("/", "idp.example")).says("its certificate is not trusted"));
}

BOOST_AUTO_TEST_CASE(does_not_trust_the_authorities_of_the_test_unless_told_so) {
    const auto server = showing(ours.issue("server"));
    auto usual = policy();
    usual.ca_file.clear();
    BOOST_TEST((refusal_of(usual, server.url("/")).fault == Fault::unavailable));
}

BOOST_AUTO_TEST_CASE(says_that_its_authorities_cannot_be_read) {
    const auto server = showing(ours.issue("server"));
    auto there = policy();
    there.ca_file = folder.path() / "absent.pem";
    BOOST_TEST((refusal_of(there, server.url("/")).fault == Fault::unavailable));
}

BOOST_AUTO_TEST_CASE(does_not_speak_tls_with_who_does_not) {
    const ScriptedServer plain([](ScriptedPeer& peer) { peer.send("HTTP/1.1 200 OK\r\n\r\n"); });
    BOOST_TEST(refusal_of(policy(), "https" + plain.url("/").substr(4)).says("TLS fails"));
}

BOOST_AUTO_TEST_CASE(is_not_led_from_https_to_http) {
    const ScriptedServer plain([](ScriptedPeer& peer) { peer.wait_until_gone(); });
    const ScriptedServer server(ScriptedServer::each([&](ScriptedPeer& peer, const ScriptedRequest&) {
                                    peer.answer(302, "", "Location: " + plain.url("/") + "\r\n");
                                }),
                                ours.issue("server"));
    auto both = policy();
    both.allows_http = true;
    BOOST_TEST(refusal_of(both, server.url("/")).says("from https to http"));
    BOOST_TEST(plain.connections() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
