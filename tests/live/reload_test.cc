// A real SIGHUP to the real agent, and curl as a client that knows nothing of us.
#define BOOST_TEST_DYN_LINK
#include "agent/auth/account_file.hh"
#include "agent/auth/tokens.hh"
#include "agent/base/process.hh"
#include "tests/support/agent_process.hh"
#include "tests/support/certificates.hh"
#include "tests/support/eventually.hh"
#include "tests/unit/http_tls_peer.hh"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

struct Fixture {
    support::AgentProcess agent;

    bool logs(const std::string& words) const {
        return support::eventually([&] { return agent.log().find(words) != std::string::npos; });
    }
    void hang_up() const { ::kill(agent.pid(), SIGHUP); }
};

// curl through TLS: its exit code, and what it printed.
process::Result curl(unsigned port, const std::filesystem::path& authority, std::vector<std::string> more) {
    std::vector<std::string> words{"-sS",      "--max-time",      "20", "--noproxy", "*",
                                   "--cacert", authority.string()};
    words.insert(words.end(), more.begin(), more.end());
    words.push_back("https://localhost:" + std::to_string(port) + "/compute");
    return process::run("/usr/bin/curl", words, std::chrono::seconds(30));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_reload, Fixture)

BOOST_AUTO_TEST_CASE(takes_a_new_configuration_and_names_what_needs_a_restart) {
    agent.configure("[http]\nheader_bytes=1024\n[compute]\nstop_time=7\n");
    hang_up();
    BOOST_TEST(logs("these changes need a restart: [compute] stop_time"));
    BOOST_TEST(agent.client().send("GET", "/", {}, {{"X", std::string(2000, 'x')}}).status == 431);
    BOOST_TEST(agent.end() == 0);
}

BOOST_AUTO_TEST_CASE(keeps_the_old_configuration_when_the_new_one_is_wrong) {
    agent.configure("[http]\nheader_bytes=12\n[nothing]\n");
    hang_up();
    BOOST_TEST(logs("agent.conf.d/more.conf:2: header_bytes = 12: must be"));
    BOOST_TEST(logs("agent.conf.d/more.conf:3: there is no section [nothing]"));
    BOOST_TEST(logs("the agent goes on with the old one"));
    BOOST_TEST(agent.client().send("GET", "/", {}, {{"X", std::string(2000, 'x')}}).status == 200);
    BOOST_TEST(agent.end() == 0);
}

BOOST_AUTO_TEST_CASE(speaks_tls_to_curl_and_takes_a_new_certificate_without_dropping_anybody) {
    const support::Authority authority(agent.folder(), "authority"), people(agent.folder(), "people"),
        later(agent.folder(), "later");
    const auto node = authority.issue("node"), alice = people.issue("alice"),
               renewed = later.issue("renewed");
    const auto tokens = agent.folder() / "tokens";
    const auto token = auth::make_token();
    auth::change_account_file(tokens, auth::AccountKind::token, [&](auth::AccountFile& all) {
        all.put({"front", auth::hash_of_token(token.reveal())});
    });
    const auto bearer = "Authorization: Bearer " + token.reveal();
    agent.configure("[tls]\ncertificate=" + node.certificate.string() + "\nkey=" + node.key.string() +
                    "\nclient_ca=" + people.certificate().string() + "\n[auth]\ntokens=" + tokens.string() +
                    "\n");
    const auto port = agent.add_secure_socket();
    agent.restart();
    BOOST_TEST(logs("TLS: CN=node, until "));

    const auto nobody = curl(port, authority.certificate(), {});
    BOOST_TEST_CONTEXT(nobody.output) BOOST_TEST(nobody.status == 0);
    BOOST_TEST(nobody.output.find("has to be proven") != std::string::npos);
    const auto first = curl(port, authority.certificate(), {"-H", bearer});
    BOOST_TEST_CONTEXT(first.output) BOOST_TEST(first.status == 0);
    BOOST_TEST(first.output.find("<COMPUTES") != std::string::npos);
    const auto with_certificate = curl(port, authority.certificate(),
                                       {"--cert", alice.certificate.string(), "--key", alice.key.string()});
    BOOST_TEST_CONTEXT(with_certificate.output) BOOST_TEST(with_certificate.status == 0);
    BOOST_TEST(with_certificate.output.find("<COMPUTES") != std::string::npos);
    const auto stranger = curl(port, authority.certificate(),
                               {"--cert", node.certificate.string(), "--key", node.key.string()});
    BOOST_TEST(stranger.status != 0);
    BOOST_TEST(logs("the certificate \"CN=node\" of the client"));
    BOOST_TEST(curl(port, authority.certificate(), {"--tls-max", "1.1"}).status != 0);

    // One that began with the old certificate goes on: 100 requests over one connection while the new one comes.
    wire::TlsClient client(authority.certificate());
    const auto endpoint = http::parse_endpoint("127.0.0.1:" + std::to_string(port));
    wire::TlsPeer peer(endpoint, client);
    const std::string request = "GET /compute HTTP/1.1\r\nHost: localhost\r\n" + bearer + "\r\n\r\n";
    BOOST_TEST(peer.ask(request).status == 200);
    std::filesystem::rename(renewed.certificate, node.certificate);
    std::filesystem::rename(renewed.key, node.key);
    hang_up();
    BOOST_TEST(logs("TLS: CN=renewed, until "));
    for (int i = 0; i < 100; ++i) BOOST_TEST(peer.ask(request).status == 200);
    BOOST_TEST(curl(port, later.certificate(), {}).status == 0);
    BOOST_TEST(curl(port, authority.certificate(), {}).status != 0);
    BOOST_TEST(agent.end() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
