#define BOOST_TEST_DYN_LINK
#include "agent/config/credentials.hh"
#include "agent/config/settings.hh"
#include "tests/support/captured_stderr.hh"
#include "tests/support/certificates.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <ostream>

namespace {

using namespace settings;

} // namespace

BOOST_AUTO_TEST_SUITE(settings_of_the_parts)

BOOST_AUTO_TEST_CASE(press_the_power_button_three_times_before_a_stop_is_forced) {
    Config config;
    config.services.stop_time = std::chrono::seconds(6);
    BOOST_TEST(services_of(config).press_again.count() == 2000);
    config.services.stop_time = std::chrono::hours(1);
    BOOST_TEST((services_of(config).press_again == service::Settings().press_again));
}

// As shipped, small, medium and large are those of GFD.222.
BOOST_AUTO_TEST_CASE(have_the_templates_of_the_standard_until_somebody_changes_one) {
    Config config;
    BOOST_TEST(occi::Model(config.instance_types).meets_template_profile());
    config.instance_types.front().disk = 0;
    BOOST_TEST(!occi::Model(config.instance_types).meets_template_profile());
}

BOOST_AUTO_TEST_CASE(take_no_more_connections_than_there_are_descriptors_and_say_so) {
    const support::CapturedStderr log;
    BOOST_TEST(fitting(http::Limits{}, 1'000'000).connections == 16'384U);
    BOOST_TEST(log.text() == "");
    BOOST_TEST(fitting(http::Limits{}, 1024).connections == 768U);
    BOOST_TEST(log.count("connections = 16384 does not fit into 1024 file descriptors") == 1U);
    BOOST_TEST(fitting(http::Limits{}, 10).connections == 16U);
}

BOOST_AUTO_TEST_CASE(name_each_address_that_is_wrong_with_its_line) {
    Config config;
    config.listen = {"somewhere", "127.0.0.1:1", "0.0.0.0:1"};
    config.given["[http] listen"] = {{"", "a:1"}, {"", "a:2"}, {"", "a:3"}};
    const auto found = faults(config);
    BOOST_REQUIRE(found.size() == 2U);
    BOOST_TEST(found[0].starts_with("a:1: \"somewhere\" is no address"));
    BOOST_TEST(found[1].starts_with("a:3: listen = 0.0.0.0:1: an address that other machines can reach"));
}

BOOST_AUTO_TEST_CASE(let_other_machines_in_only_when_they_prove_who_they_are_and_nobody_can_listen) {
    const support::TempFolder folder;
    const auto node = support::Authority(folder.path(), "authority").issue("node");
    Config config;
    config.tls = {node.certificate, node.key, ""};
    config.listen = {"https://0.0.0.0:1"};
    BOOST_TEST_REQUIRE(faults(config).size() == 1U);
    BOOST_TEST(faults(config)[0].find("until authentication is configured: occi-agent setup") !=
               std::string::npos);
    config.auth.tokens = folder.path() / "tokens";
    BOOST_TEST(faults(config).empty());
    config.listen = {"0.0.0.0:1"};
    BOOST_TEST_REQUIRE(faults(config).size() == 1U);
    BOOST_TEST(faults(config)[0].find("write https:// before the address") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(take_what_systemd_hands_over_for_keys_that_are_not_set) {
    const support::TempFolder folder;
    const auto make = [&](const char* name) { std::ofstream(folder.path() / name) << "x"; };
    for (const auto* name : {"certificate", "passwords", "tokens"}) make(name);
    Config config;
    config.auth.passwords = "/etc/passwords";
    take_credentials(config, folder.path());
    BOOST_TEST(config.tls.certificate.empty()); // without a key it is of no use
    BOOST_TEST(config.auth.passwords == "/etc/passwords");
    BOOST_TEST(config.auth.tokens == folder.path() / "tokens");
    make("key");
    take_credentials(config, folder.path());
    BOOST_TEST(config.tls.certificate == folder.path() / "certificate");
    BOOST_TEST(config.tls.key == folder.path() / "key");
    Config none;
    take_credentials(none, "");
    BOOST_TEST(none.auth.tokens.empty());
}

BOOST_AUTO_TEST_CASE(name_each_fault_of_who_may_come_in) {
    const support::TempFolder folder;
    Config config;
    config.auth.passwords = config.auth.tokens = folder.path();
    config.auth.client_map = folder.path();
    config.auth.socket_map = {"user:root administrator", "root"};
    config.given["[auth] passwords"] = {{"", "a:1"}};
    config.given["[auth] tokens"] = {{"", "a:2"}};
    config.given["[auth] client_map"] = {{"", "a:3"}};
    config.given["[auth] socket_map"] = {{"", "a:4"}, {"", "a:5"}};
    const auto found = faults(config);
    BOOST_TEST_REQUIRE(found.size() == 5U);
    BOOST_TEST(found[0].starts_with("a:1: "));
    BOOST_TEST(found[1].starts_with("a:2: "));
    BOOST_TEST(found[2].starts_with("a:3: "));
    BOOST_TEST(found[3].starts_with("a:5: \"root\": it is user:NAME"));
    BOOST_TEST(found[4].starts_with("a:3: without [tls] client_ca"));
}

BOOST_AUTO_TEST_CASE(have_tls_when_there_is_a_certificate) {
    const support::TempFolder folder;
    const auto node = support::Authority(folder.path(), "authority").issue("node");
    Config config;
    BOOST_TEST(!tls_of(config));
    config.tls = {node.certificate, node.key, "", {}};
    config.listen = {"https://127.0.0.1:0"};
    BOOST_TEST(faults(config).empty());
    BOOST_TEST(tls_of(config)->summary().starts_with("CN=node"));
}

struct BadTls {
    std::string listen;
    http::TlsFiles files;
    std::string sentence;
    friend std::ostream& operator<<(std::ostream& out, const BadTls& one) { return out << one.sentence; }
};
const std::vector<BadTls> bad_tls{
    {"https://127.0.0.1:0", {}, "l:1: https:// needs a certificate and a key in [tls]"},
    {"127.0.0.1:0", {"/c", "", "", {}}, "c:1: certificate and key go together, and one is missing"},
    {"127.0.0.1:0", {"", "/k", "", {}}, "k:1: certificate and key go together, and one is missing"},
    {"127.0.0.1:0",
     {"", "", "/a", {}},
     "a:1: without a certificate of the server nobody can show one of his"},
    {"127.0.0.1:0", {"/c", "/k", "", {}}, "c:1: certificate /c: cannot be read: No such file or directory"},
    {"127.0.0.1:0",
     {"", "", "", {"/r"}},
     "r:1: without client_ca no certificate of a client could be revoked"},
    {"https://0.0.0.0:0",
     {"", "", "", {}},
     "l:1: listen = https://0.0.0.0:0: an address that other machines can reach is refused until "
     "authentication is configured: occi-agent setup does that"},
};

BOOST_DATA_TEST_CASE(name_the_line_that_tls_cannot_do_with, boost::unit_test::data::make(bad_tls), one) {
    Config config;
    config.listen = {one.listen};
    config.tls = one.files;
    config.given["[http] listen"] = {{"", "l:1"}};
    config.given["[tls] certificate"] = {{"", "c:1"}};
    config.given["[tls] key"] = {{"", "k:1"}};
    config.given["[tls] client_ca"] = {{"", "a:1"}};
    config.given["[tls] crl"] = {{"", "r:1"}};
    const auto found = faults(config);
    BOOST_TEST_REQUIRE(!found.empty());
    BOOST_TEST(found.front() == one.sentence);
}

BOOST_AUTO_TEST_CASE(name_a_group_that_is_not_there_with_its_line) {
    Config config;
    config.sockets.group = "nobodies";
    config.given["[http] socket_group"] = {{"nobodies", "a:7"}};
    BOOST_TEST(faults(config) == std::vector<std::string>{"a:7: this host has no group \"nobodies\""},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
