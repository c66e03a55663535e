#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/render/field_reader.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

const std::string scheme = "http://schemas.ogf.org/occi/infrastructure#";
const auto is_invalid = [](const Error& failure) { return failure.fault() == Fault::invalid; };

// Each means compute.
const std::vector<std::string> spellings{
    "compute; scheme=\"" + scheme + "\"; class=\"kind\"",
    "compute;scheme=\"" + scheme + "\";class=\"kind\"",
    "compute; scheme=\"" + scheme + "\"",
    "compute ;class=kind ; scheme = \"" + scheme + "\" ;",
    "compute; class=\"kind\"; title=\"a; b, \\\"c\\\"\"; scheme=\"" + scheme + "\"; location=\"/compute/\"",
    " , compute; SCHEME=" + scheme + ",,",
};
const std::vector<std::string> no_categories{"compute", "compute; scheme=\"\"", "; scheme=\"a#\"",
                                             "compute; scheme=\"a#", "\""};
const std::vector<std::string> no_attributes{"a", "=1", "a=1, a=2", "a=\"open", "a=1, b"};

} // namespace

BOOST_AUTO_TEST_SUITE(occi_field_reader)

BOOST_DATA_TEST_CASE(reads_a_category_in_every_spelling, data::make(spellings), value) {
    const auto ids = render::read_categories(value);
    BOOST_REQUIRE_EQUAL(ids.size(), 1U);
    BOOST_TEST(ids.front().text() == scheme + "compute");
}

BOOST_AUTO_TEST_CASE(reads_a_list_of_categories) {
    const auto ids = render::read_categories("a; scheme=\"x#\"; title=\"1,2\", b; scheme=\"y#\"");
    BOOST_REQUIRE_EQUAL(ids.size(), 2U);
    BOOST_TEST(ids[0].text() == "x#a");
    BOOST_TEST(ids[1].text() == "y#b");
    BOOST_TEST(render::read_categories("").empty());
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_category, data::make(no_categories), value) {
    BOOST_CHECK_EXCEPTION(render::read_categories(value), Error, is_invalid);
}

BOOST_AUTO_TEST_CASE(reads_attributes_by_their_type) {
    const auto read = render::read_attributes(
        "text=\"a, \\\"b\\\" \\\\ =;\", whole=2, less=-3, real=1.50,yes=true, no=false, bare=word, nan=nan");
    BOOST_TEST((read.at("text") == occi::Value(std::string("a, \"b\" \\ =;"))));
    BOOST_TEST((read.at("whole") == occi::Value(std::int64_t{2})));
    BOOST_TEST((read.at("less") == occi::Value(std::int64_t{-3})));
    BOOST_TEST((read.at("real") == occi::Value(1.5)));
    BOOST_TEST((read.at("yes") == occi::Value(true)));
    BOOST_TEST((read.at("no") == occi::Value(false)));
    BOOST_TEST((read.at("bare") == occi::Value(std::string("word"))));
    BOOST_TEST((read.at("nan") == occi::Value(std::string("nan"))));
    BOOST_TEST(read.size() == 8U);
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_attribute, data::make(no_attributes), value) {
    BOOST_CHECK_EXCEPTION(render::read_attributes(value), Error, is_invalid);
}

BOOST_AUTO_TEST_CASE(reads_lines_however_they_end) {
    const auto fields = render::read_lines("A: 1\r\n\r\nB:2\nC : 3 \rD: x:y");
    BOOST_REQUIRE_EQUAL(fields.size(), 4U);
    BOOST_TEST(fields[0].name == "A");
    BOOST_TEST(fields[1].value == "2");
    BOOST_TEST(fields[2].name == "C");
    BOOST_TEST(fields[2].value == "3");
    BOOST_TEST(fields[3].value == "x:y");
    BOOST_TEST(render::read_lines("").empty());
}

BOOST_AUTO_TEST_CASE(refuses_a_line_that_is_no_field_and_too_many_of_them) {
    BOOST_CHECK_EXCEPTION(render::read_lines("A: 1\nnothing"), Error, is_invalid);
    std::string many;
    for (int index = 0; index < 1001; ++index) many += "A: 1\n";
    BOOST_CHECK_EXCEPTION(render::read_lines(many), Error,
                          [](const Error& failure) { return failure.fault() == Fault::too_large; });
}

BOOST_AUTO_TEST_SUITE_END()
