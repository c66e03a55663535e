#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/lanes.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "tests/support/eventually.hh"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <optional>
#include <set>
#include <thread>
#include <vector>

using namespace hv::libvirt;
using support::eventually;
using namespace std::chrono_literals;

namespace {

// Nobody comes back from it before it is opened: a libvirt that hangs. Calls own it, as they must.
class Gate {
public:
    ~Gate() { open(); }
    std::function<void()> shut() const {
        return [gone = gone_] { gone.wait(); };
    }
    void open() {
        if (!std::exchange(is_open_, true)) go_.set_value();
    }

private:
    std::promise<void> go_;
    std::shared_future<void> gone_ = go_.get_future().share();
    bool is_open_ = false;
};

constexpr Verb patient{"start", "start", 10s};
constexpr Verb impatient{"suspend", "suspend", 1ms, 0ms};
constexpr Verb forceful{"power off", "power off", 10s, 1s, true, true};
constexpr Verb impatient_force{"power off", "power off", 1ms, 0ms, true, true};
constexpr Verb tidy{"remove", "remove", 10s, 1s, false, true};

void call(Lanes& lanes, const Uuid& id, const Verb& verb, std::function<void()> what) {
    lanes.enter(id, verb).run(std::move(what));
}

void nothing() {}

void leave_behind(Lanes& lanes, const Gate& gate, const Uuid& id) {
    BOOST_CHECK_EXCEPTION(call(lanes, id, impatient, gate.shut()), Error,
                          [](const Error& e) { return e.fault() == Fault::timeout; });
}

bool is_busy(const Error& error) { return error.fault() == Fault::busy; }

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_lanes)

BOOST_AUTO_TEST_CASE(throws_what_the_call_throws) {
    Lanes lanes;
    BOOST_CHECK_EXCEPTION(
        call(lanes, "a", patient, [] { throw Error(Fault::conflict, "it runs"); }), Error,
        [](const Error& e) { return e.fault() == Fault::conflict && std::string(e.what()) == "it runs"; });
}

BOOST_AUTO_TEST_CASE(takes_a_foreign_exception_for_a_bug_of_ours) {
    Lanes lanes;
    BOOST_CHECK_EXCEPTION(call(lanes, "a", patient, [] { throw std::out_of_range("vector"); }), Error,
                          [](const Error& e) { return e.fault() == Fault::internal; });
}

BOOST_AUTO_TEST_CASE(uses_a_thread_again) {
    Lanes lanes;
    std::set<std::thread::id> threads;
    for (int i = 0; i < 50; ++i)
        call(lanes, "a", patient, [&] { threads.insert(std::this_thread::get_id()); });
    // A thread is idle a moment after its caller goes on, so now and then there are two.
    BOOST_TEST(threads.size() <= 4U);
    BOOST_TEST(!threads.contains(std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(leaves_a_call_that_does_not_return) {
    Gate gate;
    Lanes lanes;
    BOOST_CHECK_EXCEPTION(call(lanes, "6695eb01", impatient, gate.shut()), Error, [](const Error& e) {
        return e.fault() == Fault::timeout &&
               std::string(e.what()) ==
                   "suspend compute 6695eb01: no answer for 0 s; whether it happened is not known yet";
    });
    BOOST_TEST(lanes.abandoned() == 1U);
}

BOOST_AUTO_TEST_CASE(counts_it_until_it_does_return) {
    Gate gate;
    Lanes lanes;
    leave_behind(lanes, gate, "a");
    gate.open();
    BOOST_TEST(eventually([&] { return lanes.abandoned() == 0U; }));
    BOOST_CHECK_NO_THROW(call(lanes, "a", patient, nothing));
}

BOOST_AUTO_TEST_CASE(keeps_the_seat_of_a_call_until_it_returns) {
    Gate gate;
    Lanes lanes;
    auto seat = std::make_shared<int>();
    const std::weak_ptr<int> taken = seat;
    BOOST_CHECK_THROW(call(lanes, "a", impatient, [seat = std::move(seat), wait = gate.shut()] { wait(); }),
                      Error);
    BOOST_TEST(!taken.expired());
    gate.open();
    BOOST_TEST(eventually([&] { return taken.expired(); }));
}

BOOST_AUTO_TEST_CASE(has_given_the_seat_back_when_the_caller_goes_on) {
    Lanes lanes;
    for (int i = 0; i < 100; ++i) {
        auto seat = std::make_shared<int>();
        const std::weak_ptr<int> taken = seat;
        call(lanes, "a", patient, [seat = std::move(seat)] {});
        BOOST_REQUIRE(taken.expired());
    }
}

BOOST_AUTO_TEST_CASE(lets_one_call_at_a_time_into_a_domain) {
    Gate gate;
    Lanes lanes;
    leave_behind(lanes, gate, "6695eb01");
    BOOST_CHECK_EXCEPTION(call(lanes, "6695eb01", patient, nothing), Error, [](const Error& e) {
        return is_busy(e) &&
               std::string(e.what()).starts_with("compute 6695eb01: 'suspend' has not returned for ");
    });
    BOOST_CHECK_EXCEPTION(call(lanes, "6695eb01", tidy, nothing), Error, is_busy);
    BOOST_CHECK_NO_THROW(call(lanes, "another", patient, nothing));
}

BOOST_AUTO_TEST_CASE(lets_a_power_off_in_beside_a_call_that_hangs) {
    Gate gate;
    Lanes lanes;
    leave_behind(lanes, gate, "a");
    bool done = false;
    BOOST_CHECK_NO_THROW(call(lanes, "a", forceful, [&] { done = true; }));
    BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(gives_a_turn_back_that_was_not_used) {
    Lanes lanes;
    { const auto unused = lanes.enter("a", patient); }
    BOOST_CHECK_NO_THROW(call(lanes, "a", patient, nothing));
}

BOOST_AUTO_TEST_CASE(gives_the_place_of_a_call_that_does_not_come_back_to_another) {
    Gate gate;
    Lanes lanes;
    int replaced = 0;
    for (unsigned i = 0; i < Lanes::many_stuck; ++i)
        BOOST_CHECK_THROW(lanes.enter(std::to_string(i), impatient).run(gate.shut(), [&] { ++replaced; }),
                          Error);
    BOOST_TEST(replaced == static_cast<int>(Lanes::many_stuck));
    BOOST_TEST(lanes.stuck() == Lanes::many_stuck);
    for (int i = 0; i < 100; ++i) BOOST_CHECK_NO_THROW(call(lanes, "healthy", patient, nothing));
}

BOOST_AUTO_TEST_CASE(lets_a_bounded_number_of_calls_get_stuck_and_still_others_in_by_force) {
    Gate gate;
    Lanes lanes;
    for (unsigned i = 0; i < Lanes::most_inside; ++i) leave_behind(lanes, gate, std::to_string(i));
    BOOST_TEST(lanes.abandoned() == Lanes::most_inside);
    BOOST_CHECK_EXCEPTION(call(lanes, "a", patient, nothing), Error, is_busy);
    BOOST_CHECK_NO_THROW(call(lanes, "a", forceful, nothing));
    BOOST_CHECK_NO_THROW(call(lanes, "a", tidy, nothing));
    gate.open();
    BOOST_TEST(eventually([&] { return lanes.abandoned() == 0U; }));
    BOOST_CHECK_NO_THROW(call(lanes, "a", patient, nothing));
}

BOOST_AUTO_TEST_CASE(lets_others_in_one_at_a_time_when_many_are_stuck) {
    Gate gate;
    Lanes lanes;
    for (unsigned i = 0; i < Lanes::many_stuck; ++i) leave_behind(lanes, gate, std::to_string(i));
    auto first = std::make_optional(lanes.enter("a", patient));
    auto second = std::async(std::launch::async, [&] { call(lanes, "b", patient, nothing); });
    first.reset();
    BOOST_CHECK_NO_THROW(second.get());
}

BOOST_AUTO_TEST_CASE(keeps_places_for_forcing_others_off_while_those_that_do_not_react_are) {
    Lanes lanes;
    std::vector<Lanes::Pass> turns;
    for (unsigned i = 0; i < Lanes::most_urgent_stuck; ++i)
        turns.push_back(lanes.enter(std::to_string(i), forceful, false));
    BOOST_CHECK_EXCEPTION(lanes.enter("frozen", forceful, false), Error, is_busy);
    BOOST_CHECK_NO_THROW(call(lanes, "healthy", forceful, nothing));
    turns.pop_back();
    BOOST_CHECK_NO_THROW(lanes.enter("frozen", forceful, false));
}

BOOST_AUTO_TEST_CASE(counts_a_power_off_that_hangs) {
    Gate gate;
    Lanes lanes;
    BOOST_CHECK_THROW(call(lanes, "a", impatient_force, gate.shut()), Error);
    BOOST_TEST(lanes.abandoned() == 1U);
}

BOOST_AUTO_TEST_CASE(lets_a_few_long_calls_in_at_a_time) {
    Lanes lanes;
    std::vector<Lanes::Pass> turns;
    for (unsigned i = 0; i < Lanes::most_long; ++i)
        turns.push_back(lanes.enter(std::to_string(i), verbs::save));
    BOOST_CHECK_EXCEPTION(lanes.enter("a", verbs::save), Error, is_busy);
    BOOST_CHECK_NO_THROW(lanes.enter("a", verbs::start));
}

BOOST_AUTO_TEST_CASE(goes_without_a_call_that_hangs) {
    Gate gate;
    const auto touched = std::make_shared<std::atomic<bool>>(false);
    {
        Lanes lanes;
        BOOST_CHECK_THROW(call(lanes, "a", impatient,
                               [touched, wait = gate.shut()] {
                                   wait();
                                   *touched = true;
                               }),
                          Error);
    }
    BOOST_TEST(!*touched);
    gate.open();
    BOOST_TEST(eventually([&] { return touched->load(); }));
}

BOOST_AUTO_TEST_SUITE_END()
