#define BOOST_TEST_DYN_LINK
#include "agent/fetch/network.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace data = boost::unit_test::data;

namespace {

bool is_public(const char* text) {
    const auto address = fetch::Address::parse(text);
    BOOST_REQUIRE(address);
    return fetch::is_public(*address);
}

const char* const inward[] = {"127.0.0.1",
                              "127.255.255.254",
                              "0.0.0.0",
                              "10.1.2.3",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "100.127.255.255",
                              "192.0.0.8",
                              "198.18.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "240.0.0.1",
                              "::",
                              "::1",
                              "fe80::1",
                              "fc00::1",
                              "fdff::1",
                              "ff02::1",
                              "::ffff:127.0.0.1",
                              "::ffff:8.8.8.8",
                              "::127.0.0.1",
                              "64:ff9b::a00:1",
                              "64:ff9b:1::1",
                              "2002:7f00:1::",
                              "2001::1",
                              "2001:db8::1",
                              "fec0::1"};
const char* const outward[] = {"1.1.1.1",     "172.15.255.255", "172.32.0.1",    "100.63.255.255",
                               "100.128.0.1", "8.8.8.8",        "223.255.255.1", "2606:4700:4700::1111",
                               "2a00::1",     "2001:4860::1",   "192.0.1.1",     "169.253.0.1"};
const char* const no_networks[] = {"",           "10.0.0.0",   "10.0.0.1/8",  "10.0.0.0/33", "10.0.0.0/",
                                   "10.0.0.0/a", "fd00::/129", "fd00::1/64",  "/8",          "10.0.0/8",
                                   "::1%lo/128", "[fd00::]/8", "010.0.0.0/8", "10.0.0.0/-1", "a.example/8"};

} // namespace

BOOST_AUTO_TEST_SUITE(fetch_network)

BOOST_DATA_TEST_CASE(knows_that_an_address_is_not_public, data::make(inward), address) {
    BOOST_TEST(!is_public(address));
}

BOOST_DATA_TEST_CASE(knows_that_an_address_is_public, data::make(outward), address) {
    BOOST_TEST(is_public(address));
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_block, data::make(no_networks), text) {
    BOOST_TEST(!fetch::Network::parse(text));
}

BOOST_AUTO_TEST_CASE(a_block_has_its_first_and_its_last_address_and_none_beside) {
    const auto block = fetch::Network::parse("10.16.0.0/12");
    BOOST_REQUIRE(block);
    BOOST_TEST(block->contains(*fetch::Address::parse("10.16.0.0")));
    BOOST_TEST(block->contains(*fetch::Address::parse("10.31.255.255")));
    BOOST_TEST(!block->contains(*fetch::Address::parse("10.32.0.0")));
    BOOST_TEST(!block->contains(*fetch::Address::parse("10.15.255.255")));
    BOOST_TEST(block->text() == "10.16.0.0/12");
}

BOOST_AUTO_TEST_CASE(a_block_of_ipv4_does_not_have_what_is_mapped_into_ipv6) {
    const auto all = fetch::Network::parse("0.0.0.0/0");
    BOOST_REQUIRE(all);
    BOOST_TEST(all->contains(*fetch::Address::parse("10.0.0.1")));
    BOOST_TEST(!all->contains(*fetch::Address::parse("::ffff:10.0.0.1")));
}

BOOST_AUTO_TEST_SUITE_END()
