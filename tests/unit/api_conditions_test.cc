#define BOOST_TEST_DYN_LINK
#include "agent/api/conditions.hh"
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

const std::string has_it = "abc";

using Row = std::tuple<std::string, std::string, bool>;
const std::vector<Row> conditions = {
    {"If-Match", "\"abc-xml\"", true},
    {"If-Match", "\"abc-json\"", true}, // another rendering of the same
    {"If-Match", "\"abc\"", true},
    {"If-Match", "\"abcd-xml\"", false},
    {"If-Match", "\"\"", false},
    {"If-Match", "W/\"abc-xml\"", false},
    {"If-Match", "\"x\" , \"abc-xml\"", true},
    {"If-Match", " * ", true},
    {"If-None-Match", "\"abc-xml\"", false},
    {"If-None-Match", "W/\"abc-xml\"", false},
    {"If-None-Match", "\"x\"", true},
    {"If-None-Match", "*", false},
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_conditions)

BOOST_DATA_TEST_CASE(admit_a_change_by_its_fingerprint, data::make(conditions), name, value, admits) {
    BOOST_TEST(api::Condition(head({{name, value}})).admits(has_it) == admits);
}

BOOST_AUTO_TEST_CASE(are_none_when_anything_that_exists_fulfils_them) {
    BOOST_TEST(api::Condition(head({})).is_none());
    BOOST_TEST(api::Condition(head({{"If-Match", "*"}})).is_none());
    BOOST_TEST(!api::Condition(head({{"If-Match", "*"}, {"If-None-Match", "\"a\""}})).is_none());
}

BOOST_AUTO_TEST_CASE(ask_for_absence_by_a_star_alone) {
    BOOST_TEST(api::Condition(head({{"If-None-Match", "*"}})).wants_absence());
    BOOST_TEST(!api::Condition(head({{"If-None-Match", "\"*\""}})).wants_absence());
    BOOST_TEST(!api::Condition(head({{"If-None-Match", "*"}, {"If-Match", "*"}})).wants_absence());
}

BOOST_AUTO_TEST_CASE(may_come_in_many_lines_and_thousands_of_tags) {
    http::Headers headers;
    std::string tags = "\"x\"";
    for (int i = 0; i < 4000; ++i) tags += ",\"x\"";
    for (int i = 0; i < 5; ++i) headers.emplace_back("if-match", tags);
    BOOST_TEST(!api::Condition(head(headers)).admits(has_it));
    headers.emplace_back("IF-MATCH", "\"abc\"");
    BOOST_TEST(api::Condition(head(headers)).admits(has_it));
}

BOOST_DATA_TEST_CASE(are_refused_when_they_are_no_list_of_tags,
                     data::make({"", ",", "a", "\"a", "a\"", "*,*", "\"a\"\"b\"", "W/ \"a\"", "\"\x7f\"",
                                 "\"a b\""}),
                     value) {
    const auto is_invalid = [](const Error& failure) { return failure.fault() == Fault::invalid; };
    BOOST_CHECK_EXCEPTION(api::Condition(head({{"If-Match", value}})), Error, is_invalid);
    http::Response answer;
    BOOST_CHECK_EXCEPTION(api::validate(answer, head({{"If-None-Match", value}}), "\"a\""), Error,
                          is_invalid);
}

BOOST_AUTO_TEST_CASE(leave_an_answer_whole_for_who_has_another_rendering) {
    const auto tag = api::etag_of(has_it, "xml");
    BOOST_TEST(tag == "\"abc-xml\"");
    http::Response answer{200, {}, "text/plain", "body"};
    api::validate(answer, head({{"If-None-Match", "\"abc-json\""}}), tag);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "body");
    api::validate(answer, head({{"If-None-Match", "\"abc-json\", W/\"abc-xml\""}}), tag);
    BOOST_TEST(answer.status == 304);
    BOOST_TEST(answer.body.empty());
    BOOST_TEST(answer.content_type.empty());
}

BOOST_AUTO_TEST_SUITE_END()
