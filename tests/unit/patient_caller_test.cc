#define BOOST_TEST_DYN_LINK
#include "agent/base/patient_caller.hh"

#include "agent/base/error.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <future>

using namespace std::chrono_literals;

namespace {

// Nobody comes back from it before it is opened: a disk that hangs.
struct Gate {
    std::promise<void> go;
    std::shared_future<void> gone = go.get_future().share();
    auto shut() const {
        return [gone = gone] { gone.wait(); };
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(patient)

BOOST_AUTO_TEST_CASE(gives_what_the_work_gives) {
    PatientCaller patient("test", 1);
    BOOST_TEST(patient.call("count", 10s, [] { return 7; }) == 7);
    BOOST_CHECK_EXCEPTION(patient.call("look", 10s, [] { throw Error(Fault::conflict, "no"); }), Error,
                          [](const Error& e) { return e.fault() == Fault::conflict; });
}

BOOST_AUTO_TEST_CASE(leaves_behind_what_does_not_come_back_and_counts_it) {
    Gate gate;
    PatientCaller patient("test", 1);
    BOOST_CHECK_EXCEPTION(patient.call("look at it", 1ms, gate.shut()), Error, [](const Error& e) {
        return e.fault() == Fault::timeout && std::string(e.what()).starts_with("look at it: no answer for ");
    });
    BOOST_TEST(patient.left_behind() == 1U);
    BOOST_TEST(patient.oldest().has_value());
    BOOST_CHECK_EXCEPTION(patient.call("count", 10s, [] {}), Error,
                          [](const Error& e) { return e.fault() == Fault::busy; });
    gate.go.set_value();
    BOOST_TEST(support::eventually([&] { return patient.left_behind() == 0; }));
    patient.call("count", 10s, [] {});
}

BOOST_AUTO_TEST_CASE(asks_whether_to_wait_on) {
    Gate gate;
    PatientCaller patient("test", 2);
    int asked = 0;
    BOOST_CHECK_THROW(patient.call(
                          "look", [&](PatientCaller::Waited) { return ++asked < 2; }, gate.shut()),
                      Error);
    BOOST_TEST(asked == 2);
    gate.go.set_value();
}

BOOST_AUTO_TEST_SUITE_END()
