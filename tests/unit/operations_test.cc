#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/base/guarded.hh"
#include "agent/state/operations.hh"

#include <boost/test/unit_test.hpp>

#include <future>
#include <string>
#include <vector>

using state::Operations;
using namespace std::chrono_literals;

namespace {

constexpr auto long_enough = 10s;

// Lets work wait until the test opens the gate, or a stop is asked for.
class Gate {
public:
    void open() { opened_.set_value(); }
    bool pass(const std::stop_token& stop) {
        while (future_.wait_for(1ms) != std::future_status::ready)
            if (stop.stop_requested()) return false;
        return true;
    }

private:
    std::promise<void> opened_;
    std::shared_future<void> future_ = opened_.get_future().share();
};

} // namespace

BOOST_AUTO_TEST_SUITE(operations)

BOOST_AUTO_TEST_CASE(run_one_at_a_time_for_a_target_in_order) {
    Guarded<std::string> order;
    Gate gate;
    Operations operations;
    operations.submit("a", "first", [&](std::stop_token stop) {
        gate.pass(stop);
        order.with([](auto& text) { text += "1"; });
    });
    const auto second = operations.submit(
        "a", "second", [&](std::stop_token) { order.with([](auto& text) { text += "2"; }); });
    const auto third = operations.submit(
        "a", "third", [&](std::stop_token) { order.with([](auto& text) { text += "3"; }); });
    BOOST_TEST(!operations.wait(second, 0ms));
    gate.open();
    BOOST_REQUIRE(operations.wait(third, long_enough));
    BOOST_TEST(order.with([](auto& text) { return text; }) == "123");
}

BOOST_AUTO_TEST_CASE(run_side_by_side_for_different_targets) {
    Gate gate;
    Operations operations;
    operations.submit("a", "held", [&](std::stop_token stop) { gate.pass(stop); });
    const auto other = operations.submit("b", "free", [](std::stop_token) {});
    BOOST_TEST(operations.wait(other, long_enough));
    gate.open();
}

BOOST_AUTO_TEST_CASE(wait_for_what_was_submitted_before_on_a_thing_they_need) {
    Guarded<std::string> order;
    Gate gate;
    Operations operations;
    operations.submit(
        "image", "import",
        [&](std::stop_token stop) {
            gate.pass(stop);
            order.with([](auto& text) { text += "image "; });
        },
        Operations::Weight::bulk);
    const auto machine = operations.submit(
        "machine", "create", [&](std::stop_token) { order.with([](auto& text) { text += "machine"; }); },
        Operations::Weight::light, {"image"});
    BOOST_TEST(!operations.wait(machine, 0ms));
    gate.open();
    BOOST_REQUIRE(operations.wait(machine, long_enough));
    BOOST_TEST(order.with([](auto& text) { return text; }) == "image machine");
}

BOOST_AUTO_TEST_CASE(do_not_wait_for_what_comes_later_on_a_thing_they_need) {
    Gate gate;
    Operations operations;
    operations.submit("machine", "held", [&](std::stop_token stop) { gate.pass(stop); });
    const auto machine =
        operations.submit("machine", "create", [](std::stop_token) {}, Operations::Weight::light, {"image"});
    const auto image = operations.submit("image", "remove", [](std::stop_token) {});
    BOOST_TEST(operations.wait(image, long_enough));
    gate.open();
    BOOST_TEST(operations.wait(machine, long_enough));
}

BOOST_AUTO_TEST_CASE(cancelling_stops_what_runs_and_forgets_what_waits) {
    Guarded<std::string> order;
    Gate never;
    std::promise<void> began;
    Operations operations;
    const auto running = operations.submit("a", "running", [&](std::stop_token stop) {
        began.set_value();
        if (!never.pass(stop)) order.with([](auto& text) { text += "stopped"; });
    });
    operations.submit("a", "waiting",
                      [&](std::stop_token) { order.with([](auto& text) { text += " never"; }); });
    BOOST_REQUIRE(began.get_future().wait_for(long_enough) == std::future_status::ready);
    operations.cancel("a");
    BOOST_REQUIRE(operations.wait(running, long_enough));
    const auto after = operations.submit(
        "a", "after", [&](std::stop_token) { order.with([](auto& text) { text += " after"; }); });
    BOOST_REQUIRE(operations.wait(after, long_enough));
    BOOST_TEST(order.with([](auto& text) { return text; }) == "stopped after");
}

BOOST_AUTO_TEST_CASE(survive_work_that_throws) {
    Operations operations;
    operations.submit("a", "throws", [](std::stop_token) { throw std::runtime_error("on purpose"); });
    const auto next = operations.submit("a", "next", [](std::stop_token) {});
    BOOST_TEST(operations.wait(next, long_enough));
}

BOOST_AUTO_TEST_CASE(move_many_bytes_for_a_few_only) {
    Guarded<int> running, most;
    Operations operations(8, 2);
    std::vector<Operations::Ticket> tickets;
    for (int index = 0; index < 20; ++index)
        tickets.push_back(operations.submit(
            "image" + std::to_string(index), "import",
            [&](std::stop_token) {
                const int now = running.with([](int& count) { return ++count; });
                most.with([&](int& count) { count = std::max(count, now); });
                std::this_thread::yield();
                running.with([](int& count) { --count; });
            },
            Operations::Weight::bulk));
    for (const auto ticket : tickets) BOOST_REQUIRE(operations.wait(ticket, long_enough));
    BOOST_TEST(most.with([](int count) { return count; }) <= 2);
}

BOOST_AUTO_TEST_CASE(take_nothing_more_after_the_end) {
    Operations operations;
    operations.stop();
    BOOST_CHECK_EXCEPTION(operations.submit("a", "late", [](std::stop_token) {}), Error,
                          [](const Error& failure) { return failure.fault() == Fault::unavailable; });
}

BOOST_AUTO_TEST_SUITE_END()
