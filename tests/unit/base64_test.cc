#define BOOST_TEST_DYN_LINK
#include "agent/base/base64.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <tuple>
#include <vector>

namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

// RFC 4648, 10; and bytes that are no text.
const std::vector<std::tuple<std::string, std::string>> vectors = {
    {"Zg==", "f"},         {"Zm8=", "fo"},         {"Zm9v", "foo"},       {"Zm9vYg==", "foob"},
    {"Zm9vYmE=", "fooba"}, {"Zm9vYmFy", "foobar"}, {"AP8A", "\0\xff\0"s}, {"+/+/", "\xfb\xff\xbf"}};

const std::vector<std::string> none = {
    "",
    "Z",
    "Zm9",
    "Zm9vY",    // no whole group
    "====",     // padding alone
    "Z===",     // one digit is less than a byte
    "Zg==Zg==", // padding within
    "Zg=v",
    "=m9v",
    "Zm9v\n",
    "Zm9v\nZm9v\n\n\n", // line breaks are for MIME
    " Zm9v   ",
    "Zm-_", // the alphabet of URLs
    "Zm9\0"s,
    "Zm9\xff",
};

} // namespace

BOOST_AUTO_TEST_SUITE(base64)

BOOST_DATA_TEST_CASE(is_read_as_its_standard_says, data::make(vectors), encoded, bytes) {
    const auto read = text::from_base64(encoded);
    BOOST_REQUIRE(read);
    BOOST_TEST(*read == bytes);
}

BOOST_DATA_TEST_CASE(nothing_else_is_taken_for_it, data::make(none), text) {
    BOOST_TEST(!text::from_base64(text));
}

BOOST_AUTO_TEST_CASE(reads_what_is_written_for_urls) {
    BOOST_TEST(text::from_base64url("").value_or("none") == "");
    BOOST_TEST(text::from_base64url("-_8").value_or("none") == "\xfb\xff");
    BOOST_TEST(text::from_base64url("YWJj").value_or("none") == "abc");
    for (const auto* other : {"+/8", "YQ==", "YQ=", "Y", "YWJjZ", "Y Q", "YQ\n"})
        BOOST_TEST(!text::from_base64url(other));
}

BOOST_AUTO_TEST_SUITE_END()
