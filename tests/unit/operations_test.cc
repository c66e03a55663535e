#define BOOST_TEST_DYN_LINK
#include "agent/base/guarded.hh"
#include "agent/state/operations.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <random>
#include <set>

using namespace state;
using namespace std::chrono_literals;

namespace {

constexpr auto long_enough = 10s;

// What the steps of a test did, in order, and what stands because of them.
struct World {
    Guarded<std::vector<std::string>> done;
    Guarded<std::multiset<std::string>> stands;

    void did(const std::string& what) {
        done.with([&](auto& all) { all.push_back(what); });
    }
    std::string told() const {
        return done.with([](const auto& all) {
            std::string line;
            for (const auto& each : all) line += (line.empty() ? "" : " ") + each;
            return line;
        });
    }
};

// Opens once; steps pass it only then, or when they are asked to stop.
class Gate {
public:
    void open() { open_ = true; }
    bool reached() const { return reached_; }
    // On the thread of a step, where nothing of Boost's may be asked.
    void pass(const std::stop_token& stop) {
        reached_ = true;
        const bool ended = support::eventually([&] { return open_ || stop.stop_requested(); });
        if (!open_) throw Error(Fault::conflict, ended ? "asked to stop" : "nobody opens the gate");
    }

private:
    std::atomic<bool> open_ = false, reached_ = false;
};

struct Fixture {
    support::TempFolder folder;
    World world;
    Gate gate;
    std::atomic<int> failures_left = 0;
    Fault fault = Fault::internal;
    std::vector<OperationKind> kinds;
    std::optional<Database> database;
    std::optional<Journal> journal;
    std::optional<Operations> operations;

    Step step(const std::string& name, bool no_return = false) {
        return {name,
                [this, name](Task&) {
                    world.did("+" + name);
                    world.stands.with([&](auto& all) { all.insert(name); });
                },
                [this, name](Task&) {
                    world.did("-" + name);
                    world.stands.with([&](auto& all) { all.erase(name); });
                },
                no_return};
    }
    Step failing(const std::string& name) {
        auto made = step(name);
        made.run = [this, name, run = made.run](Task& task) {
            run(task);
            if (failures_left-- > 0) throw Error(fault, name + " fails");
        };
        return made;
    }
    Step held(const std::string& name) {
        auto made = step(name);
        made.run = [this, run = made.run](Task& task) {
            run(task);
            gate.pass(task.stop());
        };
        return made;
    }
    OperationKind& kind(const std::string& name, std::vector<Step> steps) {
        OperationKind made;
        made.name = name;
        made.work = [this, steps = std::move(steps)](const Operation&) {
            Work work;
            work.steps = steps;
            work.ended = [this](const Operation& ended) { world.did(std::string(to_text(ended.stage))); };
            return work;
        };
        return kinds.emplace_back(std::move(made));
    }
    void begin(Operations::Threads threads = {}, std::chrono::milliseconds retry_pause = 0ms) {
        database.emplace(folder.path());
        journal.emplace(*database);
        operations.emplace(*journal, kinds, Operations::Hooks{.retry_pause = retry_pause}, threads);
    }
    // As if the process had died: what runs comes no further than the end of its step.
    void die() {
        operations.reset();
        journal.reset();
        database.reset();
    }
    Operation ask(const std::string& name, const Uuid& target = "a", const std::string& owner = "ann") {
        return operations->submit({name, "compute", target, owner, "a plan"});
    }
    Operation end_of(const Operation& operation) {
        BOOST_REQUIRE(operations->wait(operation.id, long_enough));
        return *operations->find(operation.id);
    }
};

bool says(const Error& failure, Fault fault, std::string_view part) {
    BOOST_TEST_MESSAGE(failure.what());
    return failure.fault() == fault && std::string_view(failure.what()).find(part) != std::string_view::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(operations, Fixture)

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
    kind("stop", {held("stop")});
    kind("start", {step("start")}).weight = OperationKind::Weight::heavy;
    begin({.rest = 1ms});
    ask("stop");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    const auto start = ask("start");
    BOOST_REQUIRE(support::eventually([&] { return operations->threads() == 1; }));
    gate.open();
    BOOST_TEST((end_of(start).stage == Stage::done));
}

BOOST_AUTO_TEST_CASE(are_cancelled_however_long_they_have_waited) {
    kind("stop", {held("stop")});
    kind("start", {step("start")}).weight = OperationKind::Weight::heavy;
    begin({.rest = 1ms});
    ask("stop");
    BOOST_REQUIRE(support::eventually([&] { return gate.reached(); }));
    const auto start = ask("start");
    BOOST_REQUIRE(support::eventually([&] { return operations->threads() == 1; }));
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
