#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/invocation.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

const occi::Action& stop() {
    static const occi::Model model;
    return *model.known().stop;
}

const std::string scheme = occi::scheme::compute_action;
const std::string category = "Category: stop; scheme=\"" + scheme + "\"; class=\"action\"\n";
const auto is_invalid = [](const Error& failure) { return failure.fault() == Fault::invalid; };

occi::Invocation read(const std::string& body) {
    return body.starts_with('{') ? render::read_json_invocation(body, stop())
                                 : render::read_invocation(render::read_lines(body), stop());
}

const std::vector<std::string> forced{
    category + "X-OCCI-Attribute: method=\"poweroff\"",
    "x-occi-attribute: method=\"poweroff\"\n" + category,
    R"({"action":")" + scheme + R"(stop","attributes":{"method":"poweroff"}})",
};
const std::vector<std::string> plain{category, R"({"action":")" + scheme + R"(stop"})"};
const std::vector<std::string> refused{
    "",
    "X-OCCI-Attribute: method=\"poweroff\"",
    "Category: start; scheme=\"" + scheme + "\"; class=\"action\"",
    "Category: stop; scheme=\"http://example.org#\"; class=\"action\"",
    category + "X-OCCI-Attribute: method=\"softly\"",
    category + "X-OCCI-Attribute: method=1",
    category + "X-OCCI-Attribute: colour=\"red\"",
    category + "X-OCCI-Attribute: method=\"graceful\"\nX-OCCI-Attribute: method=\"graceful\"",
    "{",
    "{}",
    R"({"action":1})",
    R"({"action":")" + scheme + R"(start"})",
    R"({"action":")" + scheme + R"(stop","attributes":[]})",
    R"({"action":")" + scheme + R"(stop","attributes":{"method":null}})",
    R"({"action":")" + scheme + R"(stop","attributes":{"method":["graceful"]}})",
    R"({"action":")" + scheme + R"(stop","more":)" + std::string(100, '[') + std::string(100, ']') + "}",
};

} // namespace

BOOST_AUTO_TEST_SUITE(occi_invocation)

BOOST_DATA_TEST_CASE(has_what_was_said_of_it, data::make(forced), body) {
    const auto wanted = read(body);
    BOOST_TEST(wanted.action == &stop());
    BOOST_TEST((wanted.attributes == occi::Attributes{{"method", std::string("poweroff")}}));
}

BOOST_DATA_TEST_CASE(needs_no_attributes, data::make(plain), body) {
    BOOST_TEST(read(body).attributes.empty());
}

BOOST_DATA_TEST_CASE(is_refused_when_it_is_none_or_another_or_has_what_the_action_has_not,
                     data::make(refused), body) {
    BOOST_CHECK_EXCEPTION(read(body), Error, is_invalid);
}

BOOST_AUTO_TEST_CASE(that_is_none_is_told_what_is_needed) {
    const auto says = [](const std::string& words) {
        return [words](const Error& failure) {
            return std::string_view(failure.what()).find(words) != std::string_view::npos;
        };
    };
    BOOST_CHECK_EXCEPTION(read(""), Error, says(category.substr(0, category.size() - 1)));
    BOOST_CHECK_EXCEPTION(read("{}"), Error, says(R"({"action": ")" + scheme + R"(stop"})"));
    BOOST_CHECK_EXCEPTION(render::read_json_invocation("", stop()), Error, is_invalid);
}

BOOST_AUTO_TEST_SUITE_END()
