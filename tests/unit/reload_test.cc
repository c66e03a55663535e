// A new configuration while the agent runs.
#define BOOST_TEST_DYN_LINK
#include "agent/config/load.hh"
#include "agent/config/settings.hh"
#include "agent/reload.hh"
#include "tests/support/captured_stderr.hh"
#include "tests/support/certificates.hh"
#include "tests/support/temp_folder.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_tls_peer.hh"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>

using namespace wire;

namespace {

constexpr std::size_t many = 100'000; // descriptors

// A server with a configuration file. Temp: cleans up.
struct Fixture {
    support::TempFolder folder;
    support::Authority authority{folder.path(), "authority"};
    support::Authority::Issued node = authority.issue("node");
    TlsClient client{authority.certificate()};
    support::CapturedStderr log;

    std::filesystem::path file() const { return folder.path() / "agent.conf"; }
    void write(const std::string& content) const { std::ofstream(file()) << content; }

    struct Running {
        Running(const Fixture& fixture, Config config)
            : tls(settings::tls_of(config)),
              office({config.limits, tls}, tls ? "https://127.0.0.1:0" : "127.0.0.1:0"),
              authenticator(settings::auth_of(config)),
              reload(fixture.file(), true, std::move(config), many, office.server, authenticator, door, tls) {
        }
        // And waits until the server goes on with it.
        bool again() { return reload.again() && office.server.beats(std::chrono::seconds(10)); }

        std::shared_ptr<const http::Tls> tls;
        Office office;
        auth::Authenticator authenticator;
        api::Doorkeeper door{authenticator};
        Reload reload;
    };
    Running run(const std::string& content) {
        write(content);
        return {*this, load_config(file(), true, settings::faults)};
    }
    std::string tls_section() const {
        return "[tls]\ncertificate=" + node.certificate.string() + "\nkey=" + node.key.string() + "\n";
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(reload_of_the_configuration, Fixture)

// What is listened on stays so until the end.
BOOST_AUTO_TEST_CASE(does_not_stop_to_ask_who_comes_from_other_machines) {
    const auto tokens = folder.path() / "tokens";
    const auto open =
        "[http]\nlisten=https://0.0.0.0:0\n" + tls_section() + "[auth]\ntokens=" + tokens.string() + "\n";
    auto running = run(open);
    BOOST_TEST(!running.authenticator.is_open());
    write(tls_section());
    BOOST_TEST(!running.reload.again());
    BOOST_TEST(log.count("until authentication is configured") == 1U);
    BOOST_TEST(!running.authenticator.is_open());
    write(open);
    BOOST_TEST(running.again());
}

BOOST_AUTO_TEST_CASE(takes_new_limits_for_what_comes) {
    auto running = run("");
    Peer early(running.office.endpoint);
    const auto large = get("/", "X: " + std::string(2000, 'x') + "\r\n");
    BOOST_TEST(early.ask(large).status == 200);
    write("[http]\nheader_bytes=1024\nconnections=1\n");
    BOOST_TEST(running.again());
    BOOST_TEST(early.ask(get("/")).status == 200);
    BOOST_TEST(Peer(running.office.endpoint).ask(get("/")).status == 503);
    BOOST_TEST(early.ask(large).status == 431);
    BOOST_TEST(log.count("read again; changed: [http] connections, [http] header_bytes\n") == 1U);
}

BOOST_AUTO_TEST_CASE(keeps_the_old_one_when_the_new_one_is_wrong_and_names_every_fault) {
    auto running = run("[http]\nheader_bytes=1024\n");
    write("[http]\nheader_bytes=1000000\ncolour=red\n[tls]\nkey=/k\n");
    BOOST_TEST(!running.again());
    BOOST_TEST(log.count(file().string() + ":3: [http] has no key \"colour\"\n") == 1U);
    BOOST_TEST(log.count(file().string() + ":5: certificate and key go together") == 1U);
    BOOST_TEST(log.count("the agent goes on with the old one") == 1U);
    const auto large = get("/", "X: " + std::string(2000, 'x') + "\r\n");
    BOOST_TEST(Peer(running.office.endpoint).ask(large).status == 431);
}

BOOST_AUTO_TEST_CASE(changes_what_is_logged) {
    auto running = run("");
    write("[agent]\nlog_level=error\n");
    BOOST_TEST(running.again());
    logging::warning("not this");
    write("");
    BOOST_TEST(running.again());
    logging::warning("but this");
    BOOST_TEST(log.count("not this") == 0U);
    BOOST_TEST(log.count("but this") == 1U);
}

BOOST_AUTO_TEST_CASE(names_what_needs_a_restart_until_it_is_undone) {
    auto running = run("");
    write(
        "[http]\nworkers=2\nqueued=1024\n[storage]\nimport_from=/a\nimport_from=/b\n[instance_type tiny]\n");
    const std::string sentence =
        "these changes need a restart: [http] workers, [storage] import_from, [instance_type NAME]\n";
    BOOST_TEST(running.again());
    BOOST_TEST(log.count(sentence) == 1U);
    BOOST_TEST(running.again());
    BOOST_TEST(log.count(sentence) == 2U);
    write("");
    BOOST_TEST(running.again());
    BOOST_TEST(log.count("need a restart") == 2U);
    BOOST_TEST(log.count("changed: nothing\n") == 3U);
}

BOOST_AUTO_TEST_CASE(takes_a_new_certificate_behind_the_old_name) {
    auto running = run(tls_section());
    TlsPeer early(running.office.endpoint, client);
    BOOST_TEST(early.ask(get("/")).status == 200);
    const auto renewed = authority.issue("renewed");
    std::filesystem::rename(renewed.certificate, node.certificate);
    std::filesystem::rename(renewed.key, node.key);
    BOOST_TEST(running.again());
    BOOST_TEST(log.count("TLS: CN=renewed, until ") == 1U);
    BOOST_TEST(early.ask(get("/")).status == 200);
    BOOST_TEST(TlsPeer(running.office.endpoint, client).was_resumed());
}

BOOST_AUTO_TEST_CASE(keeps_the_old_certificate_when_the_new_one_cannot_be_used) {
    auto running = run(tls_section());
    std::filesystem::rename(authority.issue("other").key, node.key);
    BOOST_TEST(!running.again());
    BOOST_TEST(log.count(":3: key " + node.key.string() + ": does not belong to the certificate") == 1U);
    std::filesystem::remove(node.certificate);
    BOOST_TEST(!running.again());
    BOOST_TEST(TlsPeer(running.office.endpoint, client).ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
