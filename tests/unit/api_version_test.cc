#define BOOST_TEST_DYN_LINK
#include "agent/api/version.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

using Row = std::tuple<std::string, bool, std::string>;
// User-Agent, whether it names a version, which one is too high
const std::vector<Row> rows = {
    {"", false, ""},
    {"curl/7.88.1", false, ""},
    {"OCCI/1.1", true, ""},
    {"jOCCI/1.0 OCCI/1.2 Java", true, ""},
    {"OCCI/0.9", true, ""},
    {"OCCI/1.3", true, "OCCI/1.3"},
    {"a OCCI/1.10 b", true, "OCCI/1.10"},
    {"OCCI/2.0", true, "OCCI/2.0"},
    {"OCCI/1.1 OCCI/7.0 OCCI/1.2", true, "OCCI/7.0"},
    {"OCCI/1.2 OCCI/1.1", true, ""},
    {"OCCI/", false, ""},
    {"OCCI/2", false, ""},
    {"OCCI/2.", false, ""},
    {"OCCI/.2", false, ""},
    {"OCCI/x.y", false, ""},
    {"OCCI/-1.2", false, ""},
    {"OCCI/99999999999999999999.1", false, ""},
    {"OCCI/OCCI/1.1", true, ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(api_version)

BOOST_DATA_TEST_CASE(is_read_from_a_user_agent, data::make(rows), agent, named, above) {
    BOOST_TEST(api::names_version(agent) == named);
    BOOST_TEST(api::version_above_ours(agent).value_or("") == above);
}

// GFD.222, 4: the profile is named only where it is met.
BOOST_AUTO_TEST_CASE(names_the_profile_of_templates_when_all_three_are_there) {
    constexpr std::uint64_t gibibyte = 1 << 30;
    std::vector<occi::Model::Template> templates{{"small", 1, gibibyte, 10 * gibibyte},
                                                 {"medium", 2, 2 * gibibyte, 20 * gibibyte},
                                                 {"large", 4, 4 * gibibyte, 40 * gibibyte}};
    BOOST_TEST(api::versions_of(occi::Model(templates)) == "OCCI/1.2 OCCI-CRTP/1.1");
    templates.pop_back();
    BOOST_TEST(api::versions_of(occi::Model(templates)) == "OCCI/1.2");
}

BOOST_AUTO_TEST_SUITE_END()
