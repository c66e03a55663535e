#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/service/network/addresses.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <tuple>

namespace data = boost::unit_test::data;

namespace {

using Strings = std::vector<std::tuple<std::string, std::string, std::string>>;

const Strings good = {
    {"10.1.0.0", "C", "10.1.0.0/24"},       {"10.1.0.1", "C", "10.1.0.0/24"},
    {"10.1.0.0", "B", "10.1.0.0/16"},       {"11.0.0.0", "A", "11.0.0.0/8"},
    {"10.1.0.64", "62", "10.1.0.64/26"},    {"10.1.0.65", "62", "10.1.0.64/26"},
    {"10.1.0.64", "30", "10.1.0.64/27"},    {"10.1.0.64", "33", "10.1.0.64/26"},
    {"192.168.7.4", "2", "192.168.7.4/30"}, {"10.1.0.0", "254", "10.1.0.0/24"},
    {"10.0.0.0", "65534", "10.0.0.0/16"},
};
const Strings bad = {
    {"10.1.0.77", "C", "neither the network address (10.1.0.0) nor the first address (10.1.0.1)"},
    {"10.1.0.2", "30", "neither"},
    {"ten", "C", "the address \"ten\" of a network is no IPv4 address"},
    {"10.1.0", "C", "no IPv4 address"},
    {"10.1.0.0/24", "C", "no IPv4 address"},
    {"127.0.0.0", "C", "loopback"},
    {"0.0.0.0", "A", "this network"},
    {"169.254.0.0", "B", "link-local"},
    {"224.0.0.0", "C", "multicast"},
    {"255.255.255.0", "C", "multicast"},
    {"10.1.0.0", "0", "the size \"0\""},
    {"10.1.0.0", "1", "the size \"1\""},
    {"10.1.0.0", "-1", "the size \"-1\""},
    {"10.1.0.0", "1e30", "the size \"1e30\""},
    {"10.1.0.0", "D", "the size \"D\""},
    {"10.1.0.0", "16777215", "the size \"16777215\""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(network_addresses)

BOOST_DATA_TEST_CASE(makes_a_block_of_address_and_size, data::make(good), address, size, block) {
    BOOST_TEST(service::block_of(address, size).text() == block);
}

BOOST_DATA_TEST_CASE(says_what_is_wrong_with_address_or_size, data::make(bad), address, size, sentence) {
    BOOST_CHECK_EXCEPTION(service::block_of(address, size), Error, [&](const Error& failure) {
        BOOST_TEST_CONTEXT(failure.what())
        BOOST_TEST(std::string(failure.what()).find(sentence) != std::string::npos);
        return failure.fault() == Fault::invalid;
    });
}

BOOST_AUTO_TEST_CASE(hands_out_no_more_addresses_than_its_size_says) {
    const auto block = service::block_of("10.1.0.0", "20");
    BOOST_TEST(block.text() == "10.1.0.0/27");
    BOOST_TEST(service::usable_addresses(block, "20") == 20U);
    BOOST_TEST(service::usable_addresses(block, "C") == 30U);
}

BOOST_AUTO_TEST_SUITE_END()
