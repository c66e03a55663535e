#define BOOST_TEST_DYN_LINK
#include "agent/service/units.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(service_units)

BOOST_DATA_TEST_CASE(shows_what_was_asked_for,
                     data::make({0.1, 0.01, 0.25, 0.3, 1.0, 1.7, 10.0, 0.123456, 12345.678}), gibibytes) {
    BOOST_TEST(service::to_gib(service::to_bytes(gibibytes)) == gibibytes);
}

BOOST_DATA_TEST_CASE(loses_no_byte,
                     data::make({std::uint64_t{1}, std::uint64_t{512}, std::uint64_t{1048576},
                                 std::uint64_t{393216}, std::uint64_t{107374183}}),
                     bytes) {
    BOOST_TEST(service::to_bytes(service::to_gib(bytes)) == bytes);
}

BOOST_AUTO_TEST_SUITE_END()
