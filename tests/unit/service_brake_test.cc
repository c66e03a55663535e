#define BOOST_TEST_DYN_LINK
#include "agent/service/brake.hh"

#include <boost/test/unit_test.hpp>

using service::Brake;
using std::chrono::seconds;

namespace {

struct Fixture {
    Brake brake{seconds(30), seconds(100)};
    Brake::Clock::time_point now{std::chrono::hours(1)};

    bool admits_after(seconds pause) { return brake.admits(now += pause); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(service_brake, Fixture)

BOOST_AUTO_TEST_CASE(lets_the_first_go_at_once_and_the_next_after_a_pause) {
    BOOST_TEST(admits_after(seconds(0)));
    BOOST_TEST(!admits_after(seconds(29)));
    BOOST_TEST(admits_after(seconds(1)));
}

BOOST_AUTO_TEST_CASE(waits_for_longer_and_longer_but_not_for_ever) {
    BOOST_TEST(admits_after(seconds(0)));
    for (const auto pause : {30, 60, 100, 100}) {
        BOOST_TEST(!admits_after(seconds(pause - 1)));
        BOOST_TEST(admits_after(seconds(1)));
    }
}

BOOST_AUTO_TEST_CASE(begins_anew_when_it_was_left_alone) {
    BOOST_TEST(admits_after(seconds(0)));
    BOOST_TEST(admits_after(seconds(30)));
    BOOST_TEST(admits_after(seconds(60 + 100)));
    BOOST_TEST(!admits_after(seconds(29)));
    BOOST_TEST(admits_after(seconds(1)));
}

BOOST_AUTO_TEST_SUITE_END()
