#define BOOST_TEST_DYN_LINK
#include "agent/service/units.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(service_units)

BOOST_DATA_TEST_CASE(shows_what_was_asked_for,
                     data::make({0.1, 0.01, 0.25, 0.3, 1.0, 1.7, 10.0, 0.123456, 12345.678}), gibibytes) {
    BOOST_TEST(service::to_gib(service::to_bytes(gibibytes)) == gibibytes);
}

BOOST_DATA_TEST_CASE(shows_what_was_asked_for_when_it_was_rounded_up,
                     data::make({0.1, 0.01, 0.02, 0.3, 1.7, 0.123456}), gibibytes) {
    const auto sectors = (service::to_bytes(gibibytes) + 511) / 512;
    BOOST_TEST(service::to_gib(sectors * 512) == gibibytes);
}

BOOST_DATA_TEST_CASE(loses_no_byte_of_whole_mebibytes, data::xrange(1, 5000, 7), mebibytes) {
    const auto bytes = static_cast<std::uint64_t>(mebibytes) << 20;
    BOOST_TEST(service::to_bytes(service::to_gib(bytes)) == bytes);
}

BOOST_AUTO_TEST_SUITE_END()
