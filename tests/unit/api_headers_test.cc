#define BOOST_TEST_DYN_LINK
#include "agent/api/headers.hh"
#include "agent/api/query.hh"
#include "agent/base/error.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <tuple>

namespace data = boost::unit_test::data;

namespace {

http::Head head(http::Headers headers) {
    http::Head made;
    made.headers = std::move(headers);
    return made;
}

using Row = std::tuple<std::string, bool>;
const std::vector<Row> preferences = {
    {"respond-async", true},
    {"Respond-Async", true},
    {"wait=10, respond-async", true},
    {"respond-async;a=b", true},
    {"return=minimal", false},
    {"respond-asynchronously", false},
    {"", false},
    {",,;", false},
    {"x=\"respond-async\"", false},
};

const auto is_invalid = [](const Error& failure) { return failure.fault() == Fault::invalid; };

} // namespace

BOOST_AUTO_TEST_SUITE(api_headers)

BOOST_DATA_TEST_CASE(ask_for_an_answer_that_does_not_wait, data::make(preferences), value, asked) {
    BOOST_TEST(api::prefers_async(head({{"Prefer", value}})) == asked);
}

BOOST_AUTO_TEST_CASE(join_the_lines_of_a_list_in_their_order) {
    const auto given = head({{"A", "1"}, {"B", "2"}, {"a", "3"}});
    BOOST_TEST(api::list_header(given, "A").value() == "1, 3");
    BOOST_TEST(!api::list_header(given, "C").has_value());
    BOOST_TEST(api::prefers_async(head({{"Prefer", "wait=1"}, {"prefer", "respond-async"}})));
}

BOOST_AUTO_TEST_CASE(of_one_value_are_refused_when_they_are_given_twice) {
    const auto given = head({{"A", "1"}, {"a", "1"}, {"B", "2"}});
    BOOST_CHECK_EXCEPTION(api::sole_header(given, "A"), Error, is_invalid);
    BOOST_TEST(api::sole_header(given, "b").value() == "2");
    BOOST_TEST(!api::sole_header(given, "C").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(api_query)

BOOST_AUTO_TEST_CASE(gives_the_number_of_that_name) {
    BOOST_TEST(api::number_in("a=1&since=22&b", "since").value() == 22U);
    BOOST_TEST(api::number_in("since=5", "since", {5, 5}).value() == 5U);
    BOOST_TEST(!api::number_in("", "since").has_value());
    BOOST_TEST(!api::number_in("sinces=1&asince=2", "since").has_value());
}

BOOST_DATA_TEST_CASE(refuses_what_is_no_number_in_the_range,
                     data::make({"n=", "n", "n=4", "n=11", "n=-5", "n=+5", "n= 5", "n=5.0", "n=0x5", "n=%35",
                                 "n=5=5", "n=5&n=5", "n=99999999999999999999999"}),
                     query) {
    BOOST_CHECK_EXCEPTION(api::number_in(query, "n", {5, 10}), Error, is_invalid);
}

BOOST_AUTO_TEST_SUITE_END()
