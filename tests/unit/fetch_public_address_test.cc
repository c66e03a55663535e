#define BOOST_TEST_DYN_LINK
#include "agent/fetch/public_address.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace data = boost::unit_test::data;

namespace {

bool is_public(const char* text) {
    const auto address = Ip::parse(text);
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
} // namespace

BOOST_AUTO_TEST_SUITE(fetch_public_address)

BOOST_DATA_TEST_CASE(knows_that_an_address_is_not_public, data::make(inward), address) {
    BOOST_TEST(!is_public(address));
}

BOOST_DATA_TEST_CASE(knows_that_an_address_is_public, data::make(outward), address) {
    BOOST_TEST(is_public(address));
}

BOOST_AUTO_TEST_SUITE_END()
