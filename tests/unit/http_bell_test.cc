#define BOOST_TEST_DYN_LINK
#include "agent/http/bell.hh"

#include <boost/test/unit_test.hpp>

using http::Bell;

namespace {

struct Ear {
    Bell bell;
    int heard = 0;
    void listen() {
        bell.listen([this] { ++heard; });
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_bell)

BOOST_AUTO_TEST_CASE(is_heard_once_a_listening) {
    Ear ear;
    ear.listen();
    BOOST_TEST(ear.heard == 0);
    ear.bell.ring();
    BOOST_TEST(ear.heard == 1);
    ear.bell.ring();
    BOOST_TEST(ear.heard == 1);
}

BOOST_AUTO_TEST_CASE(remembers_that_it_rang_when_nobody_listened) {
    Ear ear;
    ear.bell.ring();
    ear.bell.ring();
    ear.listen();
    BOOST_TEST(ear.heard == 1);
    ear.listen();
    BOOST_TEST(ear.heard == 1);
}

BOOST_AUTO_TEST_CASE(does_not_remember_what_was_heard) {
    Ear ear;
    ear.listen();
    ear.bell.ring();
    ear.listen();
    BOOST_TEST(ear.heard == 1);
}

BOOST_AUTO_TEST_CASE(is_not_heard_any_more_once_silent) {
    Ear ear;
    ear.listen();
    ear.bell.silence();
    ear.bell.ring();
    BOOST_TEST(ear.heard == 0);
    ear.listen();
    BOOST_TEST(ear.heard == 1);
}

BOOST_AUTO_TEST_SUITE_END()
