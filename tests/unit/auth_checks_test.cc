// Checks of passwords: few at a time, in turn for each source, and slower for who fails.
#define BOOST_TEST_DYN_LINK
#include "agent/auth/checks.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

using namespace auth;
using namespace std::chrono_literals;

namespace {

// Holds every check that comes until it is opened.
class Gate {
public:
    void pass() {
        std::unique_lock hold(mutex_);
        ++waiting_;
        most_ = std::max(most_, waiting_);
        changed_.notify_all();
        changed_.wait(hold, [&] { return open_; });
        --waiting_;
    }
    void open() {
        std::lock_guard hold(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    int waiting() {
        std::lock_guard hold(mutex_);
        return waiting_;
    }
    int most() {
        std::lock_guard hold(mutex_);
        return most_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int waiting_ = 0, most_ = 0;
};

struct Fixture {
    Gate gate;
    std::mutex mutex;
    std::vector<std::string> order;
    std::atomic<int> told = 0;

    Checks::Told note(const std::string& name) {
        return [this, name](Checks::Outcome outcome) {
            {
                std::lock_guard hold(mutex);
                order.push_back(name + (outcome == Checks::Outcome::good ? "" : " failed"));
            }
            ++told;
        };
    }
    bool all_told(int count) {
        return support::eventually([&] { return told == count; });
    }
    std::size_t place_of(const std::string& name) {
        std::lock_guard hold(mutex);
        return static_cast<std::size_t>(std::ranges::find(order, name) - order.begin());
    }
    // Not before all threads are busy, so that what comes next waits.
    void fill(Checks& checks, unsigned threads) {
        for (unsigned each = 0; each < threads; ++each)
            BOOST_TEST(checks.begin(
                "first", "x", [this] { return gate.pass(), true; }, note("first")));
        BOOST_TEST(support::eventually([&] { return gate.waiting() == static_cast<int>(threads); }));
    }
};

const auto good = [] { return true; };
const auto bad = [] { return false; };

} // namespace

BOOST_FIXTURE_TEST_SUITE(auth_checks, Fixture)

BOOST_AUTO_TEST_CASE(are_made_few_at_a_time) {
    Checks checks({.threads = 2});
    for (int each = 0; each < 10; ++each)
        BOOST_TEST(checks.begin(
            std::to_string(each), "x", [&] { return gate.pass(), true; }, note("")));
    BOOST_TEST(support::eventually([&] { return gate.waiting() == 2; }));
    gate.open();
    BOOST_TEST(all_told(10));
    BOOST_TEST(gate.most() == 2);
}

BOOST_AUTO_TEST_CASE(of_one_who_guesses_do_not_come_before_those_of_others) {
    Checks checks({.threads = 1});
    fill(checks, 1);
    for (int each = 0; each < 30; ++each)
        BOOST_TEST(checks.begin("guesser", std::to_string(each), bad, note("guess")));
    BOOST_TEST(checks.begin("honest", "alice", good, note("alice")));
    gate.open();
    BOOST_TEST(all_told(32));
    BOOST_TEST(place_of("alice") <= 2U); // behind the one under way, and at most one guess
}

// Each address has one guess, and then stands behind those that have made none.
BOOST_AUTO_TEST_CASE(of_those_who_guess_from_many_addresses_do_not_come_before_an_honest_one) {
    Checks checks({.threads = 1, .free_failures = 100});
    fill(checks, 1);
    constexpr int addresses = 30, guesses = 10;
    for (int each = 0; each < addresses * guesses; ++each)
        BOOST_TEST(checks.begin(std::to_string(each % addresses), "alice", bad, note("guess")));
    BOOST_TEST(checks.begin("honest", "bob", good, note("bob")));
    gate.open();
    BOOST_TEST(all_told(addresses * guesses + 2));
    BOOST_TEST(place_of("bob") <= std::size_t{addresses} + 1);
}

BOOST_AUTO_TEST_CASE(are_not_made_for_who_has_gone) {
    Checks checks({.threads = 1});
    fill(checks, 1);
    std::atomic<bool> made = false;
    std::atomic<int> outcome = -1;
    BOOST_TEST(checks.begin(
        "gone", "x", [&] { return made = true; },
        [&](Checks::Outcome told_so) { outcome = static_cast<int>(told_so); }, [] { return false; }));
    gate.open();
    BOOST_TEST(support::eventually([&] { return outcome == static_cast<int>(Checks::Outcome::dropped); }));
    BOOST_TEST(!made);
    BOOST_TEST(checks.pause_of("gone", "x").count() == 0);
}

BOOST_AUTO_TEST_CASE(are_refused_when_too_many_of_one_source_wait) {
    Checks checks({.threads = 1, .waiting_of_one = 2});
    fill(checks, 1);
    BOOST_TEST(checks.begin("guesser", "a", good, note("")));
    BOOST_TEST(checks.begin("guesser", "b", good, note("")));
    BOOST_TEST(!checks.begin("guesser", "c", good, note("")));
    BOOST_TEST(checks.begin("other", "c", good, note("")));
    gate.open();
    BOOST_TEST(all_told(4));
}

BOOST_AUTO_TEST_CASE(are_refused_when_too_many_wait) {
    Checks checks({.threads = 1, .waiting = 3});
    fill(checks, 1);
    for (int each = 0; each < 3; ++each) BOOST_TEST(checks.begin(std::to_string(each), "x", good, note("")));
    BOOST_TEST(!checks.begin("late", "x", good, note("")));
    gate.open();
    BOOST_TEST(all_told(4));
}

BOOST_AUTO_TEST_CASE(come_later_and_later_for_who_fails_and_not_for_another_user_from_there) {
    Checks checks({.threads = 1, .free_failures = 2, .first_pause = 10s, .longest_pause = 15s});
    BOOST_TEST(checks.begin("s", "alice", bad, note("")));
    BOOST_TEST(all_told(1));
    BOOST_TEST(checks.pause_of("s", "alice").count() == 0);
    BOOST_TEST(checks.begin("s", "alice", bad, note("")));
    BOOST_TEST(all_told(2));
    BOOST_TEST((checks.pause_of("s", "alice") > 9s));
    BOOST_TEST(checks.begin("s", "alice", good, note("held back")));
    BOOST_TEST(checks.begin("s", "bob", good, note("bob")));
    BOOST_TEST(checks.begin("elsewhere", "alice", good, note("alice elsewhere")));
    BOOST_TEST(all_told(4));
    BOOST_TEST(place_of("held back") == 4U);
}

BOOST_AUTO_TEST_CASE(come_at_once_again_after_a_good_one) {
    Checks checks({.threads = 1, .free_failures = 1, .first_pause = 1ms, .longest_pause = 1ms});
    for (int each = 1; each <= 3; ++each) {
        BOOST_TEST(checks.begin("s", "alice", bad, note("")));
        BOOST_TEST(all_told(each));
    }
    BOOST_TEST(checks.begin("s", "alice", good, note("")));
    BOOST_TEST(all_told(4));
    BOOST_TEST(checks.pause_of("s", "alice").count() == 0);
}

// Those who have not begun are not made any more.
BOOST_AUTO_TEST_CASE(end_with_those_who_make_them) {
    std::atomic<int> begun = 0, ended = 0;
    const auto slow = [&] {
        ++begun;
        gate.pass();
        return ++ended > 0;
    };
    {
        Checks checks({.threads = 1});
        for (int each = 0; each < 3; ++each) BOOST_TEST(checks.begin("s", "a", slow, note("")));
        BOOST_TEST(support::eventually([&] { return begun == 1; }));
        gate.open();
    }
    BOOST_TEST(begun == ended);
}

BOOST_AUTO_TEST_SUITE_END()
