#define BOOST_TEST_DYN_LINK
#include "agent/base/ip.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace data = boost::unit_test::data;

namespace {

const char* const no_blocks[] = {"",           "10.0.0.0",   "10.0.0.1/8",  "10.0.0.0/33", "10.0.0.0/",
                                 "10.0.0.0/a", "fd00::/129", "fd00::1/64",  "/8",          "10.0.0/8",
                                 "::1%lo/128", "[fd00::]/8", "010.0.0.0/8", "10.0.0.0/-1", "a.example/8"};

} // namespace

BOOST_AUTO_TEST_SUITE(ip)

BOOST_AUTO_TEST_CASE(an_address_is_written_as_it_was_read) {
    for (const std::string text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "::ffff:192.0.2.1"})
        BOOST_TEST(Ip::parse(text).value().text() == text);
    for (const std::string text : {"", "192.0.2", "192.0.2.256", "[::1]", "::1%lo", "1.2.3.4:5", "a.example"})
        BOOST_TEST(!Ip::parse(text), text);
    BOOST_TEST(!Ip::parse(std::string("::1\0", 4)));
}

BOOST_AUTO_TEST_CASE(one_that_is_mapped_into_ipv6_stands_for_one_of_ipv4) {
    const auto mapped = Ip::parse("::ffff:192.0.2.1").value();
    BOOST_TEST((mapped != Ip::parse("192.0.2.1").value()));
    BOOST_TEST((mapped.unmapped() == Ip::parse("192.0.2.1").value()));
    BOOST_TEST(Ip::parse("2001:db8::1")->unmapped().text() == "2001:db8::1");
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_block, data::make(no_blocks), text) {
    BOOST_TEST(!IpBlock::parse(text));
}

BOOST_AUTO_TEST_CASE(a_block_has_its_first_and_its_last_address_and_none_beside) {
    const auto block = IpBlock::parse("10.16.0.0/12");
    BOOST_REQUIRE(block);
    BOOST_TEST(block->contains(*Ip::parse("10.16.0.0")));
    BOOST_TEST(block->contains(*Ip::parse("10.31.255.255")));
    BOOST_TEST(!block->contains(*Ip::parse("10.32.0.0")));
    BOOST_TEST(!block->contains(*Ip::parse("10.15.255.255")));
    BOOST_TEST(block->text() == "10.16.0.0/12");
}

BOOST_AUTO_TEST_CASE(a_block_of_ipv4_does_not_have_what_is_mapped_into_ipv6) {
    const auto all = IpBlock::parse("0.0.0.0/0");
    BOOST_REQUIRE(all);
    BOOST_TEST(all->contains(*Ip::parse("10.0.0.1")));
    BOOST_TEST(!all->contains(*Ip::parse("::ffff:10.0.0.1")));
}

BOOST_AUTO_TEST_CASE(a_block_that_is_mapped_into_ipv6_stands_for_one_of_ipv4) {
    const auto unmapped = [](const char* cidr) { return IpBlock::parse(cidr).value().unmapped().text(); };
    BOOST_TEST(unmapped("::ffff:10.0.0.0/104") == "10.0.0.0/8");
    BOOST_TEST(unmapped("::ffff:0.0.0.0/96") == "0.0.0.0/0");
    BOOST_TEST(unmapped("::/0") == "::/0");
    BOOST_TEST(unmapped("2001:db8::/32") == "2001:db8::/32");
    BOOST_TEST(unmapped("10.0.0.0/8") == "10.0.0.0/8");
}

BOOST_AUTO_TEST_CASE(a_block_of_one_address_has_that_alone) {
    for (const auto* text : {"192.0.2.1", "2001:db8::1"}) {
        const auto block = IpBlock::of(Ip::parse(text).value());
        BOOST_TEST(block.contains(Ip::parse(text).value()));
        BOOST_TEST(!block.contains(Ip::parse("192.0.2.2").value()));
    }
}

BOOST_AUTO_TEST_SUITE_END()
