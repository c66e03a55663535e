#define BOOST_TEST_DYN_LINK
#include "agent/auth/host_names.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(auth_host_names)

BOOST_DATA_TEST_CASE(takes_a_loopback_host_for_local,
                     data::make({"127.0.0.1", "127.0.0.1:4567", "127.8.9.1:80", "localhost", "LocalHost:4567",
                                 "[::1]", "[::1]:4567"}),
                     host) {
    BOOST_TEST(auth::is_local_host(host));
}

BOOST_DATA_TEST_CASE(refuses_any_other_host,
                     data::make({"", "example.org", "localhost.example.org", "127.0.0.1.example.org",
                                 "10.0.0.1", "128.0.0.1", "[::2]", "::1", "[::1", "localhost:x",
                                 "localhost:99999", "127.0.0.1@example.org", "0177.0.0.1", "127.1",
                                 "0.0.0.0"}),
                     host) {
    BOOST_TEST(!auth::is_local_host(host));
}

BOOST_DATA_TEST_CASE(takes_any_address_for_one,
                     data::make({"10.0.0.1", "10.0.0.1:4567", "[2001:db8::1]", "[fe80::1]:80"}), host) {
    BOOST_TEST(auth::is_address(host));
}

BOOST_DATA_TEST_CASE(takes_no_name_for_an_address,
                     data::make({"", "node", "10.0.0.1.example.org", "[node]", "[::1", "::1", "[1:2]",
                                 "10.0.0"}),
                     host) {
    BOOST_TEST(!auth::is_address(host));
}

BOOST_AUTO_TEST_CASE(knows_a_name_in_any_case_and_with_any_port) {
    const std::vector<std::string> names{"node.example", "*.lab.example"};
    BOOST_TEST(auth::is_one_of("Node.Example:4567", names));
    BOOST_TEST(auth::is_one_of("a.lab.example", names));
    BOOST_TEST(!auth::is_one_of("a.b.lab.example", names));
    BOOST_TEST(!auth::is_one_of("lab.example", names));
    BOOST_TEST(!auth::is_one_of(".lab.example", names));
    BOOST_TEST(!auth::is_one_of("node.example.org", names));
    BOOST_TEST(!auth::is_one_of("", names));
}

BOOST_AUTO_TEST_SUITE_END()
