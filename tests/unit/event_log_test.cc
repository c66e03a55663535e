#define BOOST_TEST_DYN_LINK
#include "agent/state/chronicle.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace state;

namespace {

struct Fixture {
    support::TempFolder folder;
    std::optional<Database> database{folder.path()};
    std::optional<EventLog> log{*database};

    static Event event(const std::string& what, const std::string& owner = "ann") {
        Event made;
        made.subject = "compute";
        made.id = "a";
        made.owner = owner;
        made.what = what;
        return made;
    }
    void reopen() {
        log.reset();
        database.reset();
        database.emplace(folder.path());
        log.emplace(*database);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_log, Fixture)

BOOST_AUTO_TEST_CASE(numbers_events_without_a_gap_also_after_it_was_opened_again) {
    log->record({event("one"), event("two")});
    reopen();
    BOOST_TEST(log->last() == 2U);
    log->record({event("three")});
    const auto page = log->after(1, 10, Reach::of_all());
    BOOST_REQUIRE_EQUAL(page.events.size(), 2U);
    BOOST_TEST(page.events[0].number == 2U);
    BOOST_TEST(page.events[1].what == "three");
    BOOST_TEST(page.last == 3U);
    BOOST_TEST(!page.missed);
}

BOOST_AUTO_TEST_CASE(knows_of_every_event_that_it_has_shown) {
    constexpr std::uint64_t events = 3000;
    std::jthread writer([&] {
        for (std::uint64_t i = 0; i < events; ++i) log->record({event("one more")});
    });
    bool knows = true;
    for (std::uint64_t shown = 0; shown < events && knows;) {
        shown = log->after(shown, 1000, Reach::of_all()).last;
        knows = log->last() >= shown;
    }
    BOOST_TEST(knows);
}

BOOST_AUTO_TEST_CASE(shows_nobody_the_events_of_others_and_goes_on_behind_them) {
    log->record({event("hers", "ann"), event("his", "bob"), event("nobodys", "")});
    const auto page = log->after(0, 10, {.name = "ann"});
    BOOST_REQUIRE_EQUAL(page.events.size(), 1U);
    BOOST_TEST(page.events[0].what == "hers");
    BOOST_TEST(page.last == 3U);
}

BOOST_AUTO_TEST_CASE(shows_a_group_what_is_shared_with_it_and_who_looks_after_it_all_of_it) {
    auto hers = event("hers"), shared = event("shared"), for_all = event("for all", "eve");
    hers.group = shared.group = "lab";
    shared.share = Share::group;
    for_all.share = Share::everybody;
    log->record({hers, shared, for_all, event("nobodys", "")});
    const auto seen_by = [&](const Reach& reach) {
        std::string all;
        for (const auto& each : log->after(0, 10, reach).events) all += each.what + ";";
        return all;
    };
    BOOST_TEST(seen_by({.name = "bob", .group = "lab"}) == "shared;for all;");
    BOOST_TEST(seen_by({.name = "bob", .group = "lab", .whole_group = true}) == "hers;shared;for all;");
    BOOST_TEST(seen_by({.name = "bob", .whole_group = true}) == "for all;");
    BOOST_TEST(seen_by({.all_that_is_owned = true}) == "hers;shared;for all;");
    BOOST_TEST(seen_by({}) == "for all;");
    BOOST_TEST(seen_by(Reach::of_all()) == "hers;shared;for all;nobodys;");
}

BOOST_AUTO_TEST_CASE(gives_a_page_at_a_time) {
    for (int i = 0; i < 5; ++i) log->record({event(std::to_string(i))});
    std::string all;
    for (std::uint64_t since = 0; since < 5;) {
        const auto page = log->after(since, 2, Reach::of_all());
        BOOST_REQUIRE(!page.events.empty());
        for (const auto& each : page.events) all += each.what;
        since = page.last;
    }
    BOOST_TEST(all == "01234");
}

BOOST_AUTO_TEST_CASE(says_when_some_are_no_longer_kept) {
    log->record({event("one"), event("two"), event("three")});
    database->write(Database::Sync::later,
                    [](sqlite3* raw) { Statement(raw, "DELETE FROM event WHERE number < 3").run(); });
    BOOST_TEST(log->after(0, 10, Reach::of_all()).missed);
    BOOST_TEST(log->after(1, 10, Reach::of_all()).missed);
    BOOST_TEST(!log->after(2, 10, Reach::of_all()).missed);
    BOOST_TEST(log->after(1, 10, Reach::of_all()).first == 3U);
}

BOOST_AUTO_TEST_CASE(forgets_events_of_more_than_a_week_ago) {
    auto old = event("old");
    old.at = std::chrono::system_clock::now() - std::chrono::hours(8 * 24);
    log->record({old});
    log->record(std::vector<Event>(1000, event("new")));
    BOOST_TEST(log->after(1, 1, Reach::of_all()).first > 1U);
}

BOOST_AUTO_TEST_CASE(calls_who_waits_once) {
    int calls = 0;
    log->call_once(0, [&] { ++calls; });
    log->forget(log->call_once(0, [&] { calls += 100; }));
    log->record({event("one")});
    log->record({event("two")});
    BOOST_TEST(calls == 1);
    log->call_once(1, [&] { ++calls; });
    BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(has_everything_in_order_that_was_told_to_the_chronicle) {
    Store store(*database);
    {
        Chronicle chronicle(*log, store);
        for (int i = 0; i < 1000; ++i) chronicle.note(event(std::to_string(i)));
        chronicle.remember({"a", "ann", hv::MachineState::off, "destroyed", {}});
        chronicle.remember({"b", "ann", hv::MachineState::running, "", {}});
        chronicle.forget("b");
        BOOST_TEST(chronicle.settle());
    }
    const auto page = log->after(0, 1000, Reach::of_all());
    BOOST_REQUIRE_EQUAL(page.events.size(), 1000U);
    for (std::size_t i = 0; i < 1000; ++i) BOOST_TEST(page.events[i].what == std::to_string(i));
    BOOST_REQUIRE_EQUAL(store.sightings().size(), 1U);
    BOOST_TEST(store.sightings()[0].reason == "destroyed");
}

BOOST_AUTO_TEST_SUITE_END()
