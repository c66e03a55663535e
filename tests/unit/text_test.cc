#define BOOST_TEST_DYN_LINK
#include "agent/base/text.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

struct Case {
    std::string given, expected;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << text::printable(c.given); }

std::string times(std::size_t count, const std::string& piece) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += piece;
    return all;
}

const std::vector<std::string> not_utf8{"\x80",
                                        "\xbf",
                                        "\xc3",             // cut short
                                        "a\xe2\x82",        // cut short
                                        "\xf0\x9f\x98",     // cut short
                                        "\xc0\x80",         // NUL, overlong
                                        "\xc0\xaf",         // a slash, overlong
                                        "\xc1\xbf",         //
                                        "\xe0\x80\xaf",     // a slash, overlong
                                        "\xe0\x9f\xbf",     //
                                        "\xf0\x80\x80\xaf", // a slash, overlong
                                        "\xf0\x8f\xbf\xbf", //
                                        "\xed\xa0\x80",     // a surrogate
                                        "\xed\xbf\xbf",     // a surrogate
                                        "\xf4\x90\x80\x80", // above U+10FFFF
                                        "\xf8\x88\x80\x80\x80",
                                        "\xfe",
                                        "\xff",
                                        "\xc3(",
                                        "\xe2\x28\xa1"};

const std::vector<std::string> good_names{"",
                                          "web 1",
                                          "M\xc3\xbcller",
                                          "\xe6\x9c\xba\xe5\x99\xa8",
                                          "\xf0\x9f\x98\x80",
                                          "<b>&amp;\"'",
                                          "../../etc",
                                          "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
                                          std::string(255, 'x'),
                                          times(255, "\xf0\x9f\x98\x80"),
                                          "\xef\xbf\xbd"};

const std::vector<Case> bad_names{
    {"ab\ncd", "has a control character (U+000A) at character 3"},
    {"\0"s, "has a control character (U+0000) at character 1"},
    {"a\0b"s, "has a control character (U+0000) at character 2"},
    {"\t", "has a control character (U+0009) at character 1"},
    {"\x1b[31m", "has a control character (U+001B) at character 1"},
    {"\x7f", "has a control character (U+007F) at character 1"},
    {"\xc3\xbc\xc2\x85", "has a control character (U+0085) at character 2"},
    {"\xc2\x9f", "has a control character (U+009F) at character 1"},
    {"a\xe2\x80\xa8", "has a line separator (U+2028) at character 2"},
    {"a\xe2\x80\xa9", "has a line separator (U+2029) at character 2"},
    {"\xe2\x80\xaetxt.exe", "has a bidirectional override (U+202E) at character 1"},
    {"\xe2\x80\xaa", "has a bidirectional override (U+202A) at character 1"},
    {"\xe2\x81\xa6", "has a bidirectional isolate (U+2066) at character 1"},
    {"\xe2\x81\xa9", "has a bidirectional isolate (U+2069) at character 1"},
    {"a\xef\xbf\xbe", "has a noncharacter (U+FFFE) at character 2"},
    {"ab\xc0\x80", "is not UTF-8 at character 3"},
    {"ab\xed\xa0\x80", "is not UTF-8 at character 3"},
    {std::string(256, 'x'), "has more than 255 characters"},
    {std::string(300, 'x'), "has more than 255 characters"},
    {times(256, "\xf0\x9f\x98\x80"), "has more than 255 characters"},
};

const std::vector<std::string> not_numbers{"",
                                           "-1",
                                           "+1",
                                           "1e30",
                                           " 1",
                                           "1 ",
                                           "1.0",
                                           "0x10",
                                           "1\0"s,
                                           "1_0",
                                           "NaN",
                                           "18446744073709551616",
                                           "99999999999999999999999"};

const std::vector<Case> printables{{"plain", "plain"},
                                   {"", ""},
                                   {"M\xc3\xbcller", "M\xc3\xbcller"},
                                   {"a\nb\tc", "a\\x0ab\\x09c"},
                                   {"\0"s, "\\x00"},
                                   {"\x1b[2J", "\\x1b[2J"},
                                   {"\xff\xc3", "\\xff\\xc3"},
                                   {"\xc2\x85", "\\xc2\\x85"},
                                   {"\xe2\x80\xae", "\\xe2\\x80\\xae"},
                                   {"\xc0\xaf", "\\xc0\\xaf"},
                                   {std::string(80, 'x'), std::string(80, 'x')},
                                   {std::string(81, 'x'), std::string(77, 'x') + "..."}};

} // namespace

BOOST_AUTO_TEST_SUITE(text_from_outside)

BOOST_DATA_TEST_CASE(is_no_utf8_when_overlong_cut_or_a_surrogate, data::make(not_utf8)) {
    BOOST_TEST(!text::is_utf8(sample));
    BOOST_TEST(!text::is_utf8("before" + sample));
    BOOST_TEST(!text::is_utf8(sample + "behind"));
}

BOOST_AUTO_TEST_CASE(is_utf8_up_to_the_last_character) {
    BOOST_TEST(text::is_utf8(""));
    BOOST_TEST(text::is_utf8("a\0b"s));
    BOOST_TEST(text::is_utf8(
        "\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
}

BOOST_DATA_TEST_CASE(may_be_a_name, data::make(good_names)) {
    BOOST_TEST(text::fault_of_name(sample).value_or("good") == "good");
}

BOOST_DATA_TEST_CASE(may_not_be_a_name_and_says_why, data::make(bad_names)) {
    BOOST_TEST(text::fault_of_name(sample.given).value_or("good") == sample.expected);
}

BOOST_DATA_TEST_CASE(is_no_number, data::make(not_numbers)) {
    BOOST_TEST(!text::to_number(sample).has_value());
}

BOOST_AUTO_TEST_CASE(is_a_number_up_to_the_limit) {
    BOOST_TEST(text::to_number("0").value() == 0u);
    BOOST_TEST(text::to_number("007").value() == 7u);
    BOOST_TEST(text::to_number("18446744073709551615").value() == UINT64_MAX);
    BOOST_TEST(text::to_number("255", 255).value() == 255u);
    BOOST_TEST(!text::to_number("256", 255).has_value());
}

BOOST_DATA_TEST_CASE(becomes_printable, data::make(printables)) {
    BOOST_TEST(text::printable(sample.given) == sample.expected);
}

BOOST_AUTO_TEST_CASE(never_prints_longer_than_asked_nor_half_a_character) {
    const auto smileys = times(100, "\xf0\x9f\x98\x80");
    for (std::size_t most = 0; most < 30; ++most) {
        BOOST_TEST_CONTEXT("most " << most) {
            for (const auto& raw : {smileys, std::string(100, '\n'), std::string(100, 'x')}) {
                const auto shown = text::printable(raw, most);
                BOOST_TEST(shown.size() <= most);
                BOOST_TEST(text::is_utf8(shown));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(stays_the_same_when_printed_twice) {
    const auto once = text::printable("a\n\xff\\b");
    BOOST_TEST(text::printable(once) == once);
}

BOOST_AUTO_TEST_CASE(loses_blanks_at_its_ends_only) {
    BOOST_TEST(text::trim(" \t\r\na b\n") == "a b");
    BOOST_TEST(text::trim(" \r\n\t ") == "");
    BOOST_TEST(text::trim("") == "");
}

BOOST_AUTO_TEST_CASE(changes_case_in_ascii_only) {
    BOOST_TEST(text::lower("ABZ[\xc3\x9c") == "abz[\xc3\x9c");
    BOOST_TEST(text::upper("abz{\xc3\xbc") == "ABZ{\xc3\xbc");
    BOOST_TEST(text::same("Content-Type", "content-tYPE"));
    BOOST_TEST(!text::same("a", "ab"));
    BOOST_TEST(!text::same("\xc3\x9c", "\xc3\xbc"));
    BOOST_TEST(!text::same("[", "{"));
}

BOOST_AUTO_TEST_CASE(splits_and_keeps_empty_pieces) {
    const std::vector<std::string> expected{"", "a", "", "b", ""};
    BOOST_TEST(text::split(",a,,b,", ',') == expected, boost::test_tools::per_element());
    BOOST_TEST(text::split("", ',').size() == 1u);
}

BOOST_AUTO_TEST_CASE(has_a_last_segment) {
    BOOST_TEST(text::last_segment("/compute/ab") == "ab");
    BOOST_TEST(text::last_segment("/compute/ab/") == "ab");
    BOOST_TEST(text::last_segment("ab") == "ab");
    BOOST_TEST(text::last_segment("/") == "");
    BOOST_TEST(text::last_segment("") == "");
    BOOST_TEST(text::last_segment("/a//") == "");
}

BOOST_AUTO_TEST_SUITE_END()
