#define BOOST_TEST_DYN_LINK
#include "agent/settings.hh"
#include "tests/support/captured_stderr.hh"

#include <boost/test/unit_test.hpp>

namespace {

using namespace settings;

} // namespace

BOOST_AUTO_TEST_SUITE(settings_of_the_parts)

BOOST_AUTO_TEST_CASE(are_by_default_those_of_the_parts_themselves) {
    BOOST_TEST((limits_of(Config{}) == http::Limits{}));
    BOOST_TEST((services_of(Config{}).stop_time == service::Settings{}.stop_time));
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
    config.listen_origin = {"a:1", "a:2", "a:3"};
    const auto found = faults(config);
    BOOST_REQUIRE(found.size() == 2U);
    BOOST_TEST(found[0].starts_with("a:1: \"somewhere\" is no address"));
    BOOST_TEST(found[1].starts_with("a:3: listen = 0.0.0.0:1: an address that other machines can reach"));
}

BOOST_AUTO_TEST_CASE(name_a_group_that_is_not_there_with_its_line) {
    Config config;
    config.socket_group = "nobodies";
    config.given["[http] socket_group"] = {{"nobodies"}, "a:7"};
    BOOST_TEST(faults(config) == std::vector<std::string>{"a:7: this host has no group \"nobodies\""},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
