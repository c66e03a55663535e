#define BOOST_TEST_DYN_LINK
#include "tests/unit/operations_scene.hh"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace operations_scene;

BOOST_FIXTURE_TEST_SUITE(operations, Scene)

BOOST_AUTO_TEST_CASE(go_through_their_steps_in_order_and_say_so_at_the_end) {
    kind("make", {step("one"), step("two")});
    begin();
    const auto ended = end_of(ask("make"));
    BOOST_TEST(world.told() == "+one +two done");
    BOOST_TEST((ended.stage == Stage::done));
    BOOST_TEST(ended.percent == 100);
    BOOST_TEST(ended.steps == 2);
    BOOST_TEST((ended.ended >= ended.started));
}

BOOST_AUTO_TEST_CASE(stand_in_the_journal_before_their_first_step) {
    bool was_there = false;
    auto look = step("look");
    look.run = [&](Task& task) { was_there = journal->find(task.operation().id).has_value(); };
    kind("make", {look});
    begin();
    end_of(ask("make"));
    BOOST_TEST(was_there);
}

BOOST_AUTO_TEST_CASE(take_back_what_was_done_last_step_first_when_one_fails) {
    failures_left = 1;
    kind("make", {step("one"), failing("two"), step("three")});
    begin();
    const auto ended = end_of(ask("make"));
    BOOST_TEST(world.told() == "+one +two -two -one failed");
    BOOST_TEST((ended.fault == Fault::internal));
    BOOST_TEST(ended.message == "two fails");
}

BOOST_AUTO_TEST_CASE(try_a_step_again_after_taking_it_back_when_nobody_knows_whether_it_happened) {
    failures_left = 9;
    fault = Fault::timeout;
    kind("make", {failing("one")});
    begin();
    BOOST_TEST((end_of(ask("make")).stage == Stage::done));
    BOOST_TEST(world.stands.with([](auto& all) { return all.size(); }) == 1U);
}

BOOST_AUTO_TEST_CASE(give_up_what_stays_unavailable_and_leave_nothing) {
    failures_left = 1000;
    fault = Fault::unavailable;
    kind("make", {step("one"), failing("two")});
    begin();
    BOOST_TEST((end_of(ask("make")).stage == Stage::failed));
    BOOST_TEST(world.stands.with([](auto& all) { return all.empty(); }));
}

BOOST_AUTO_TEST_CASE(only_go_on_beyond_the_point_of_no_return) {
    failures_left = 20;
    kind("remove", {step("stop"), step("undefine", true), failing("volumes")});
    begin();
    BOOST_TEST((end_of(ask("remove")).stage == Stage::done));
    BOOST_TEST(world.told().find("-undefine") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(refuse_to_be_cancelled_beyond_the_point_of_no_return) {
    auto last = held("last");
    last.no_return = true;
    kind("remove", {last});
    begin();
    const auto removal = ask("remove");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    BOOST_CHECK_EXCEPTION(operations->cancel(removal.id, "bob"), Error,
                          [](const Error& e) { return says(e, Fault::conflict, "point of no return"); });
    gate.open();
    BOOST_TEST((end_of(removal).stage == Stage::done));
    BOOST_CHECK_EXCEPTION(operations->cancel(removal.id, "bob"), Error,
                          [](const Error& e) { return says(e, Fault::conflict, "it is done"); });
    BOOST_CHECK_EXCEPTION(operations->cancel("nothing", "bob"), Error,
                          [](const Error& e) { return says(e, Fault::not_found, "nothing"); });
}

BOOST_AUTO_TEST_CASE(leave_nothing_when_they_are_cancelled) {
    kind("make", {step("one"), held("two"), step("three")});
    begin();
    const auto making = ask("make");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    operations->cancel(making.id, "bob");
    const auto ended = end_of(making);
    BOOST_TEST((ended.stage == Stage::cancelled));
    BOOST_TEST(ended.message == "cancelled by bob");
    BOOST_TEST(world.told() == "+one +two -two -one cancelled");
}
BOOST_AUTO_TEST_CASE(go_on_after_a_crash_with_the_step_that_had_begun) {
    kind("make", {step("one"), held("two"), step("three")});
    begin();
    const auto making = ask("make");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    die();
    BOOST_TEST(world.told() == "+one +two");
    gate.open();
    begin();
    operations->resume();
    BOOST_TEST((end_of(making).stage == Stage::done));
    BOOST_TEST(world.told() == "+one +two -two +two +three done");
}

BOOST_AUTO_TEST_CASE(are_not_done_twice_after_a_crash_when_that_would_be_worse) {
    kind("reboot", {held("reboot")}).at_start = OperationKind::AtStart::fail;
    begin();
    const auto reboot = ask("reboot");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    die();
    begin();
    operations->resume();
    BOOST_TEST((end_of(reboot).stage == Stage::failed));
    BOOST_TEST(world.told() == "+reboot failed");
}

BOOST_AUTO_TEST_CASE(call_back_once_when_they_end) {
    kind("hold", {held("held")});
    begin();
    std::atomic<int> calls = 0;
    const auto operation = ask("hold");
    operations->call_once(operation.id, [&] { ++calls; });
    operations->forget(operations->call_once(operation.id, [&] { calls += 100; }));
    gate.open();
    end_of(operation);
    BOOST_TEST(support::eventually([&] { return calls == 1; }));
    operations->call_once(operation.id, [&] { ++calls; });
    BOOST_TEST(calls == 2);
}

// Random kinds, failures, cancels and crashes: in the end each operation has had all of its effects, or none.
BOOST_AUTO_TEST_CASE(are_not_found_running_once_their_end_is_written) {
    kind("k", {held("x")});
    begin();
    const auto operation = ask("k");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    auto ended = operations->find(operation.id).value();
    BOOST_TEST((ended.stage == Stage::running));
    ended.stage = Stage::done;
    journal->save(ended, Database::Sync::later);
    BOOST_TEST((operations->find(operation.id)->stage == Stage::done));
    gate.open();
    BOOST_TEST((end_of(operation).stage == Stage::done));
}

BOOST_AUTO_TEST_CASE(are_all_or_nothing_whatever_happens) {
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 dice(seed);
    Guarded<std::map<std::string, std::multiset<int>>> effects; // of each operation
    Guarded<std::mt19937> faults{std::mt19937(dice())};
    const auto chance = [&](unsigned percent) {
        return faults.with([&](auto& d) { return d() % 100 < percent; });
    };
    for (int count = 1; count <= 4; ++count) {
        OperationKind made;
        made.name = "kind " + std::to_string(count);
        made.synced = false;
        made.work = [&, count](const Operation&) {
            Work work;
            for (int i = 0; i < count; ++i)
                work.steps.push_back({"step " + std::to_string(i),
                                      [&, i](Task& task) {
                                          effects.with(
                                              [&](auto& all) { all[task.operation().id].insert(i); });
                                          if (chance(5)) throw Error(Fault::internal, "broken");
                                          if (chance(10)) throw Error(Fault::timeout, "unknown");
                                      },
                                      [&, i](Task& task) {
                                          effects.with([&](auto& all) { all[task.operation().id].erase(i); });
                                      }});
            return work;
        };
        kinds.push_back(made);
    }
    begin();
    std::vector<Operation> asked;
    for (int round = 0; round < 200; ++round) {
        try {
            asked.push_back(ask("kind " + std::to_string(1 + dice() % 4),
                                std::string(1, static_cast<char>('a' + dice() % 5))));
        } catch (const Error& failure) {
            BOOST_TEST((failure.fault() == Fault::busy));
        }
        if (dice() % 10 == 0 && !asked.empty()) try {
                operations->cancel(asked[dice() % asked.size()].id, "bob");
            } catch (const Error& failure) {
                BOOST_TEST((failure.fault() == Fault::conflict));
            }
        if (dice() % 40 == 0) {
            die();
            begin();
            operations->resume();
        }
    }
    for (const auto& each : asked) {
        const auto ended = end_of(each);
        const auto left = effects.with([&](auto& all) { return all[each.id].size(); });
        BOOST_TEST(left == (ended.stage == Stage::done ? ended.steps : 0U));
    }
}

BOOST_AUTO_TEST_SUITE_END()
