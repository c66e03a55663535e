#define BOOST_TEST_DYN_LINK
#include "agent/base/clock.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <vector>

namespace bdata = boost::unit_test::data;
using std::chrono::milliseconds;

namespace {

struct Example {
    std::int64_t since_1970; // milliseconds
    std::string text;
};

std::ostream& operator<<(std::ostream& out, const Example& e) { return out << e.text; }

const std::vector<Example> examples{{0, "1970-01-01T00:00:00Z"},
                                    {1'893'492'000'000, "2030-01-01T10:00:00Z"},
                                    {1'709'251'199'999, "2024-02-29T23:59:59Z"},
                                    {-1, "1969-12-31T23:59:59Z"}};

} // namespace

BOOST_AUTO_TEST_SUITE(clock_text)

BOOST_DATA_TEST_CASE(says_a_time_in_whole_seconds_of_utc, bdata::make(examples), example) {
    BOOST_TEST(to_rfc3339(std::chrono::system_clock::time_point(milliseconds(example.since_1970))) ==
               example.text);
}

BOOST_AUTO_TEST_SUITE_END()
