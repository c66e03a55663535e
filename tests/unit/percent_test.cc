#define BOOST_TEST_DYN_LINK
#include "agent/base/percent.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>
#include <vector>

namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

const std::vector<std::tuple<std::string, std::string>> good = {
    {"", ""},
    {"/plain+text", "/plain+text"},
    {"%2F%2f", "//"},
    {"a%20b%c3%A9", "a b\xc3\xa9"},
    {"%00%0d%0A%7f%ff", "\0\r\n\x7f\xff"s},
    {"%252e", "%2e"}, // once, not twice
    {"\0%41"s, "\0A"s},
};

const std::vector<std::string> bad = {"%",   "a%",  "a%4", "%4/",  "%g1",   "%1g",
                                      "%-1", "%+1", "% 1", "%%41", "%4%31", "%\0001"s};

} // namespace

BOOST_AUTO_TEST_SUITE(percent)

BOOST_DATA_TEST_CASE(two_digits_behind_the_sign_are_a_byte, data::make(good), coded, plain) {
    const auto decoded = text::percent_decoded(coded);
    BOOST_REQUIRE(decoded);
    BOOST_TEST(*decoded == plain);
}

BOOST_DATA_TEST_CASE(a_sign_without_two_digits_is_refused, data::make(bad), coded) {
    BOOST_TEST(!text::percent_decoded(coded));
}

BOOST_AUTO_TEST_SUITE_END()
