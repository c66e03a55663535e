#define BOOST_TEST_DYN_LINK
#include "agent/base/hex.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>
#include <vector>

namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

const std::vector<std::tuple<std::string, std::uint64_t>> numbers = {
    {"0", 0}, {"fF", 0xff}, {"0000000000000000000001", 1}, {"ffffffffffffffff", UINT64_MAX}};

const std::vector<std::string> none = {"",
                                       "-1",
                                       "+1",
                                       "0x1",
                                       " 1",
                                       "1 ",
                                       "1g",
                                       "1.",
                                       "G",
                                       "1\0"s,
                                       "\xff"
                                       "1",
                                       "10000000000000000"};

constexpr auto shape = "xx:xx";
const std::vector<std::string> of_other_shape = {"",      "00:0",  "00:000", "00-00",
                                                 "0:000", "00:0F", "00:0g",  "xx:xx"};

} // namespace

BOOST_AUTO_TEST_SUITE(hexadecimal)

BOOST_AUTO_TEST_CASE(bytes_are_two_digits_each) {
    BOOST_TEST(text::to_hex("\0\x0a\x7f\x80\xff"s) == "000a7f80ff");
    BOOST_TEST(text::to_hex("").empty());
}

BOOST_DATA_TEST_CASE(digits_of_either_case_are_a_number, data::make(numbers), digits, number) {
    BOOST_TEST(text::from_hex(digits).value() == number);
}

BOOST_DATA_TEST_CASE(nothing_else_is_a_number, data::make(none), digits) {
    BOOST_TEST(!text::from_hex(digits));
}

BOOST_AUTO_TEST_CASE(a_number_above_the_most_is_none) {
    BOOST_TEST(text::from_hex("ff", 0xff).value() == 0xffU);
    BOOST_TEST(!text::from_hex("100", 0xff));
}

BOOST_AUTO_TEST_CASE(a_shape_is_digits_in_lower_case_and_what_stands_between_them) {
    BOOST_TEST(text::has_hex_shape("0f:a9", shape));
}

BOOST_DATA_TEST_CASE(another_shape_is_told_apart, data::make(of_other_shape), other) {
    BOOST_TEST(!text::has_hex_shape(other, shape));
}

BOOST_AUTO_TEST_SUITE_END()
