#define BOOST_TEST_DYN_LINK
#include "agent/base/big_endian.hh"

#include <boost/test/unit_test.hpp>

using namespace std::string_view_literals;

namespace {

constexpr auto eight = "\x01\x23\x45\x67\x89\xab\xcd\xef"sv;

} // namespace

BOOST_AUTO_TEST_SUITE(big_endian_numbers)

BOOST_AUTO_TEST_CASE(the_first_byte_is_the_most_significant) {
    BOOST_TEST(big_endian(eight, 0, 1) == 0x01U);
    BOOST_TEST(big_endian(eight, 1, 2) == 0x2345U);
    BOOST_TEST(big_endian(eight, 4, 4) == 0x89abcdefU);
    BOOST_TEST(big_endian(eight, 0, 8) == 0x0123456789abcdefU);
}

BOOST_AUTO_TEST_CASE(bytes_above_0x7f_do_not_spread_their_sign) {
    BOOST_TEST(big_endian("\xff\xff\xff\xff"sv, 0, 4) == 0xffffffffU);
    BOOST_TEST(big_endian("\x00\x80"sv, 0, 2) == 0x80U);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_in_the_bytes_is_0) {
    BOOST_TEST(big_endian(eight, 5, 4) == 0U);
    BOOST_TEST(big_endian(eight, 8, 1) == 0U);
    BOOST_TEST(big_endian(eight, 9, 0) == 0U);
    BOOST_TEST(big_endian({}, 0, 4) == 0U);
    BOOST_TEST(big_endian(eight, SIZE_MAX, 2) == 0U); // where the sum of both would wrap round
    BOOST_TEST(big_endian(eight, 2, SIZE_MAX) == 0U);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_written_reads_as_itself) {
    BOOST_TEST(to_big_endian(0x0123456789abcdefU, 8) == eight);
    BOOST_TEST(big_endian(to_big_endian(UINT64_MAX, 8), 0, 8) == UINT64_MAX);
    BOOST_TEST(to_big_endian(0x1234, 2) == "\x12\x34");
}

BOOST_AUTO_TEST_CASE(writing_cuts_at_the_width_and_fills_it_with_zeros) {
    BOOST_TEST(to_big_endian(0x123456, 2) == "\x34\x56");
    BOOST_TEST(to_big_endian(7, 10) == "\0\0\0\0\0\0\0\0\0\x07"sv);
    BOOST_TEST(to_big_endian(7, 0).empty());
}

BOOST_AUTO_TEST_SUITE_END()
