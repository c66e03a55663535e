#define BOOST_TEST_DYN_LINK
#include "tests/unit/operations_scene.hh"

#include <boost/test/unit_test.hpp>

#include <utility>

using namespace operations_scene;

namespace {

struct Fixture : Scene {
    // Waits behind one that is held, until those who would run it have gone to rest.
    Operation ask_behind_another_weight() {
        kind("stop", {held("stop")});
        kind("start", {step("start")}).weight = OperationKind::Weight::heavy;
        begin({.rest = 1ms});
        ask("stop");
        BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
        auto start = ask("start");
        BOOST_REQUIRE(support::eventually([&] { return operations->threads() == 1; }));
        return start;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(operations_queue, Fixture)

BOOST_AUTO_TEST_CASE(run_one_at_a_time_for_a_target_and_side_by_side_for_others) {
    kind("hold", {held("held")});
    kind("make", {step("made")});
    begin();
    const auto first = ask("hold");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    const auto second = ask("make"), other = ask("make", "b");
    end_of(other);
    BOOST_TEST(!operations->wait(second.id, 0ms));
    gate.open();
    end_of(second);
    BOOST_TEST(world.told() == "+held +made done done +made done");
    BOOST_TEST((end_of(first).stage == Stage::done));
}

BOOST_AUTO_TEST_CASE(have_numbers_that_tell_the_order_they_are_done_in) {
    Guarded<std::vector<std::uint64_t>> done;
    auto note = step("note");
    note.run = [&](Task& task) { done.with([&](auto& all) { all.push_back(task.operation().number); }); };
    kind("note", {note});
    begin();
    std::uint64_t last = 0;
    {
        std::vector<std::jthread> crowd;
        for (int i = 0; i < 8; ++i)
            crowd.emplace_back([&] {
                for (int j = 0; j < 100; ++j) try {
                        ask("note");
                    } catch (const Error&) {
                        std::this_thread::yield(); // eight wait already
                    }
            });
    }
    BOOST_REQUIRE(support::eventually([&] { return operations->under_way() == 0; }));
    for (const auto number : done.with([](auto& all) { return all; })) {
        BOOST_TEST(number > last);
        last = number;
    }
    die();
    begin();
    BOOST_TEST(end_of(ask("note")).number > last); // never used twice
}

BOOST_AUTO_TEST_CASE(have_their_place_before_they_show_anything) {
    kind("make", {step("made")});
    kind("change", {step("changed")});
    begin();
    std::optional<Operation> behind;
    const auto shown = [&] { behind = ask("change"); }; // somebody sees it, and acts
    const auto made = operations->submit({"make", "compute", "a", "ann", "a plan", "", shown});
    BOOST_REQUIRE(behind.has_value());
    BOOST_TEST(made.number < behind->number);
    end_of(*behind);
    BOOST_TEST(world.told() == "+made done +changed done");
}

BOOST_AUTO_TEST_CASE(are_awaited_before_they_hold_their_target) {
    kind("make", {step("one")});
    begin();
    bool awaited = false, held = true;
    Operations::Wish wish{"make", "compute", "a", "ann", "a plan"};
    wish.placed = [&] {
        awaited = operations->is_awaited("a");
        held = operations->holder("a").has_value();
    };
    end_of(operations->submit(wish));
    BOOST_TEST(awaited);
    BOOST_TEST(!held);
    BOOST_TEST(!operations->is_awaited("a"));
}

// Whoever reads that it has ended may do at once what it was in the way of.
BOOST_AUTO_TEST_CASE(do_not_mention_what_their_plan_names_when_they_are_read_to_have_ended) {
    kind("make", {held("one")});
    std::atomic<bool> mentioned_at_the_end = true;
    begin({}, 0ms, [&](const Operation& told) {
        if (has_ended(told.stage)) mentioned_at_the_end = operations->mentions("a plan");
    });
    const auto made = ask("make");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    BOOST_TEST(operations->mentions("a plan"));
    gate.open();
    end_of(made);
    BOOST_TEST(!mentioned_at_the_end);
}

BOOST_AUTO_TEST_CASE(never_were_when_what_they_show_cannot_be_shown) {
    kind("make", {step("made")});
    begin();
    const auto fail = [] { throw Error(Fault::unavailable, "the store takes nothing"); };
    BOOST_CHECK_THROW(operations->submit({"make", "compute", "a", "ann", "a plan", "", fail}), Error);
    BOOST_TEST(operations->under_way() == 0U);
    BOOST_TEST(journal->unfinished().empty());
    end_of(ask("make"));
    BOOST_TEST(world.told() == "+made done");
}

BOOST_AUTO_TEST_CASE(do_not_let_what_is_asked_for_at_once_wait) {
    auto& stop = kind("stop", {held("stop")});
    stop.gives_way = true;
    stop.work = [this](const Operation&) {
        Work work; // does not look whether it is asked to stop
        work.steps.push_back({"stop", [this](Task&) { gate.pass({}); }});
        return work;
    };
    kind("force off", {step("off")}).at_once = true;
    begin();
    const auto graceful = ask("stop");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    const auto waiting = ask("stop");
    BOOST_TEST((end_of(ask("force off")).stage == Stage::done));
    BOOST_TEST((end_of(waiting).stage == Stage::cancelled));
    gate.open();
    end_of(graceful);
}

BOOST_AUTO_TEST_CASE(do_not_let_a_crowd_of_others_hold_up_what_is_asked_for_at_once) {
    kind("stop", {held("press")});
    kind("make", {held("start")}).weight = OperationKind::Weight::heavy;
    kind("force off", {step("destroy")}).at_once = true;
    begin({.light = 1, .heavy = 1, .bulk = 1, .urgent = 1});
    for (const auto* target : {"a", "b"}) ask("stop", target);
    for (const auto* target : {"c", "d"}) ask("make", target);
    BOOST_TEST((end_of(ask("force off", "e")).stage == Stage::done));
    gate.open();
}

BOOST_AUTO_TEST_CASE(run_only_so_many_heavy_ones_at_a_time_beside_all_others) {
    std::atomic<int> at_a_time = 0, most = 0;
    auto start = step("start");
    start.run = [&](Task& task) {
        most = std::max<int>(most, ++at_a_time);
        gate.pass(task.stop());
        --at_a_time;
    };
    kind("make", {start}).weight = OperationKind::Weight::heavy;
    kind("rename", {step("set")});
    begin({.heavy = 2});
    std::vector<Operation> all;
    for (int i = 0; i < 8; ++i) all.push_back(ask("make", std::to_string(i)));
    BOOST_TEST(support::eventually([&] { return at_a_time == 2; }));
    BOOST_TEST((end_of(ask("rename", "another")).stage == Stage::done));
    gate.open();
    for (const auto& each : all) BOOST_TEST((end_of(each).stage == Stage::done));
    BOOST_TEST(most == 2);
}

// A machine that does not react costs its own change and no other.
BOOST_AUTO_TEST_CASE(hold_no_thread_while_they_wait_to_be_tried_again) {
    failures_left = 1'000'000;
    fault = Fault::timeout;
    kind("suspend", {failing("suspend")});
    kind("rename", {step("rename")});
    begin({.light = 1}, 10min);
    const auto stuck = ask("suspend", "frozen");
    BOOST_REQUIRE(support::eventually([&] { return failures_left < 1'000'000; }));
    BOOST_TEST((end_of(ask("rename", "healthy")).stage == Stage::done));
    BOOST_TEST(!has_ended(operations->find(stuck.id)->stage));
    operations->cancel(stuck.id, "bob"); // is not waited for ten minutes
    BOOST_TEST((end_of(stuck).stage == Stage::cancelled));
}

BOOST_AUTO_TEST_CASE(are_tried_again_when_their_time_has_come) {
    failures_left = 3;
    fault = Fault::timeout;
    kind("suspend", {failing("suspend")});
    begin({.light = 2}, 1ms);
    std::vector<Operation> all;
    for (int i = 0; i < 8; ++i) all.push_back(ask("suspend", std::to_string(i)));
    for (const auto& each : all) BOOST_TEST((end_of(each).stage == Stage::done));
}

BOOST_AUTO_TEST_CASE(give_their_threads_back_when_there_is_nothing_to_do) {
    kind("hold", {held("held")});
    begin({.rest = 1ms});
    std::vector<Operation> all;
    for (int i = 0; i < 32; ++i) all.push_back(ask("hold", std::to_string(i)));
    gate.open();
    for (const auto& each : all) end_of(each);
    BOOST_TEST(support::eventually([&] { return operations->threads() == 0; }));
    BOOST_TEST((end_of(ask("hold")).stage == Stage::done));
}

// Those who would run it have ended meanwhile, as they had nothing to do for so long.
BOOST_AUTO_TEST_CASE(are_run_however_long_they_have_waited_behind_one_of_another_weight) {
    const auto start = ask_behind_another_weight();
    gate.open();
    BOOST_TEST((end_of(start).stage == Stage::done));
}

BOOST_AUTO_TEST_CASE(are_cancelled_however_long_they_have_waited) {
    const auto start = ask_behind_another_weight();
    operations->cancel(start.id, "ann");
    gate.open();
    BOOST_TEST((end_of(start).stage == Stage::cancelled));
}

// What is asked for by force may wait for its turn among others of its kind, and is not given up.
BOOST_AUTO_TEST_CASE(are_not_given_up_while_they_wait_for_their_turn_at_once) {
    failures_left = 50;
    fault = Fault::busy;
    kind("force off", {failing("destroy")}).at_once = true;
    begin();
    BOOST_TEST((end_of(ask("force off")).stage == Stage::done));
}

BOOST_AUTO_TEST_CASE(are_not_cancelled_by_the_same_asked_for_again) {
    kind("make", {held("make")});
    kind("remove", {step("remove")}).at_once = true;
    begin();
    ask("make");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    const auto one = ask("remove"), two = ask("remove");
    BOOST_TEST((end_of(one).stage == Stage::done));
    BOOST_TEST((end_of(two).stage == Stage::done));
    BOOST_TEST(world.told() == "+make -make cancelled +remove done +remove done");
}

BOOST_AUTO_TEST_CASE(can_have_the_last_word_when_they_are_asked_for_at_once) {
    auto start = step("start");
    start.run = [this](Task&) {
        gate.pass({}); // it does not hear that it is cancelled
        world.did("started");
    };
    auto off = step("off");
    off.run = [this](Task& task) {
        do world.did("off");
        while (task.wait_for_passed());
    };
    kind("start", {start}).gives_way = true;
    kind("force off", {off}).at_once = true;
    begin();
    ask("start");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    const auto forced = ask("force off");
    BOOST_TEST(support::eventually([&] { return world.told() == "off"; }));
    BOOST_TEST(!has_ended(operations->find(forced.id)->stage));
    gate.open();
    end_of(forced);
    BOOST_TEST(world.told() == "off started done off done");
}

// Its effect may have come after that of what overtook it, although it has ended before that looks for it.
BOOST_AUTO_TEST_CASE(have_the_last_word_also_when_what_they_overtook_ends_while_they_are_at_work) {
    auto start = step("start");
    start.run = [this](Task&) {
        gate.pass({});
        world.did("started");
    };
    auto off = step("off");
    bool first = true;
    off.run = [&](Task& task) {
        do {
            world.did("off");
            if (!std::exchange(first, false)) continue;
            gate.open();
            support::eventually([&] { return world.told() == "off started done"; });
        } while (task.wait_for_passed());
    };
    kind("start", {start}).gives_way = true;
    kind("force off", {off}).at_once = true;
    begin();
    const auto started = ask("start");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    const auto forced = ask("force off");
    end_of(started);
    end_of(forced);
    BOOST_TEST(world.told() == "off started done off done");
}

BOOST_AUTO_TEST_CASE(say_who_holds_a_target_when_too_many_wait) {
    kind("hold", {held("held")});
    begin();
    ask("hold");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    for (int i = 0; i < 8; ++i) ask("hold");
    BOOST_CHECK_EXCEPTION(ask("hold"), Error, [](const Error& e) {
        return says(e, Fault::busy, "\"hold\" of ann is under way on compute a since 2");
    });
    BOOST_TEST(operations->holder("a")->kind == "hold");
    gate.open();
    BOOST_REQUIRE(support::eventually([&] { return operations->under_way() == 0; }));
    BOOST_TEST(!operations->holder("a"));
}

BOOST_AUTO_TEST_CASE(hold_a_precondition_only_while_nothing_is_under_way) {
    kind("hold", {held("held")});
    begin();
    const auto with = [&](const std::function<void()>& check) {
        return operations->submit({"hold", "compute", "a", "ann", ""}, check);
    };
    BOOST_CHECK_EXCEPTION(with([] { throw Error(Fault::precondition, "changed"); }), Error,
                          [](const Error& e) { return says(e, Fault::precondition, "changed"); });
    with([] {});
    BOOST_CHECK_EXCEPTION(with([] {}), Error,
                          [](const Error& e) { return says(e, Fault::precondition, "under way"); });
    gate.open();
}

BOOST_AUTO_TEST_SUITE_END()
