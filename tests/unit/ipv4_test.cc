#define BOOST_TEST_DYN_LINK
#include "agent/base/ipv4.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <vector>

namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

const std::vector<std::string> addresses{"0.0.0.0", "127.0.0.1", "10.1.200.99", "255.255.255.255", "1.2.3.4"};

const std::vector<std::string> not_addresses{
    "",          "1",         "1.2.3",     "1.2.3.4.5", "1.2.3.",           ".1.2.3",   "1..2.3",
    "256.1.1.1", "1.2.3.256", "01.2.3.4",  "1.2.3.04",  "1.2.3.00",         "-1.2.3.4", "+1.2.3.4",
    " 1.2.3.4",  "1.2.3.4 ",  "1.2.3.4\n", "0x1.2.3.4", "1.2.3.4294967297", "::1",      "1.2.3.4/24",
    "a.b.c.d",   "1,2,3,4",   "1.2.3.4\0"s};

const std::vector<std::string> blocks{"10.1.0.0/24", "0.0.0.0/0", "255.255.255.255/32", "128.0.0.0/1",
                                      "10.0.0.2/31"};

const std::vector<std::string> not_blocks{"10.1.0.0",       "10.1.0.0/",    "10.1.0.0/33",  "10.1.0.1/24",
                                          "10.1.0.0/-1",    "10.1.0.0/024", "10.1.0.0/ 24", "10.1.0/24",
                                          "10.1.0.0/24/24", "1.0.0.0/0",    "/24",          "",
                                          "10.1.0.0/24 ",   "10.1.0.0/00"};

Ipv4Block block(std::string_view cidr) { return Ipv4Block::parse(cidr).value(); }
Ipv4 address(std::string_view dotted) { return Ipv4::parse(dotted).value(); }

} // namespace

BOOST_AUTO_TEST_SUITE(ipv4)

BOOST_DATA_TEST_CASE(reads_what_it_writes, data::make(addresses)) {
    BOOST_TEST(address(sample).text() == sample);
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_address, data::make(not_addresses)) {
    BOOST_TEST(!Ipv4::parse(sample).has_value());
}

BOOST_DATA_TEST_CASE(reads_the_block_it_writes, data::make(blocks)) {
    BOOST_TEST(block(sample).text() == sample);
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_block, data::make(not_blocks)) {
    BOOST_TEST(!Ipv4Block::parse(sample).has_value());
}

BOOST_AUTO_TEST_CASE(is_in_host_byte_order) { BOOST_TEST(address("1.2.3.4").bits == 0x01020304u); }

BOOST_AUTO_TEST_CASE(knows_the_ends_of_a_block) {
    const auto net = block("10.1.2.0/23");
    BOOST_TEST(net.count() == 512u);
    BOOST_TEST(net.mask().text() == "255.255.254.0");
    BOOST_TEST(net.broadcast().text() == "10.1.3.255");
    BOOST_TEST(net.nth(1).text() == "10.1.2.1");
    BOOST_TEST(net.contains(address("10.1.3.255")));
    BOOST_TEST(!net.contains(address("10.1.4.0")));
    BOOST_TEST(!net.contains(address("10.1.1.255")));
}

BOOST_AUTO_TEST_CASE(knows_the_largest_and_the_smallest_block) {
    const auto all = block("0.0.0.0/0");
    BOOST_TEST(all.count() == std::uint64_t{1} << 32);
    BOOST_TEST(all.mask().text() == "0.0.0.0");
    BOOST_TEST(all.broadcast().text() == "255.255.255.255");
    BOOST_TEST(all.contains(address("255.255.255.255")));
    const auto one = block("10.0.0.1/32");
    BOOST_TEST(one.count() == 1u);
    BOOST_TEST(one.mask().text() == "255.255.255.255");
    BOOST_TEST(one.broadcast().text() == "10.0.0.1");
    BOOST_TEST(!one.contains(address("10.0.0.2")));
}

BOOST_AUTO_TEST_CASE(sees_an_overlap_from_either_side) {
    const auto wide = block("10.0.0.0/8"), inside = block("10.9.0.0/16"), beside = block("11.0.0.0/8");
    BOOST_TEST(wide.overlaps(inside));
    BOOST_TEST(inside.overlaps(wide));
    BOOST_TEST(wide.overlaps(wide));
    BOOST_TEST(!wide.overlaps(beside));
    BOOST_TEST(!beside.overlaps(inside));
}

BOOST_AUTO_TEST_SUITE_END()
