// Guests whose QEMU does not answer any more: they are shown as what they are, hold up nobody else, can be forced off,
// and go on when they react again. Until then nothing of them is freed, deleted or started anew.
#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/lanes.hh"
#include "tests/live/crowd.hh"
#include "tests/live/fixture.hh"
#include "tests/live/frozen.hh"
#include "tests/live/row.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using live::to_text;

constexpr std::size_t many = 20;
constexpr auto until_shown = 15s, until_off = 15s; // what is promised
constexpr std::size_t most_taken = 9;              // one that runs and eight that wait
constexpr unsigned most_looks = 2;                 // calls by which the agent looks after all guests

struct Fixture : live::Fixture {
    const std::string original = image("micro.raw");
    std::vector<std::string> guests;
    std::map<std::string, int> processes; // of the guests

    Fixture() {
        for (std::size_t index = 0; index < many; ++index) guests.push_back(make());
        for (const auto& guest : guests) {
            BOOST_REQUIRE(becomes(guest, "ACTIVE"));
            BOOST_REQUIRE(says(guest, "MICRO: UP"));
            processes[guest] = process_of(guest);
        }
    }

    std::string make() { return compute("<DISKS>" + live::disk(original) + "</DISKS><NICS/>"); }
    static int process_of(const std::string& guest) { return live::qemu_of("occi-" + guest); }
    live::Frozen freeze(const std::string& guest) const { return live::Frozen(processes.at(guest)); }
    static std::string path(const std::string& guest) { return "/compute/" + guest; }

    // Those of libvirtd's calls that do not come to an end.
    static unsigned hanging_calls() {
        unsigned fewest = live::calls_inside_libvirtd();
        for (int look = 0; look < 10; ++look) fewest = std::min(fewest, live::calls_inside_libvirtd());
        return fewest;
    }

    void obeys(const std::string& guest) {
        BOOST_TEST(put(guest, "SUSPENDED").status == 202);
        BOOST_TEST(becomes(guest, "SUSPENDED"));
        BOOST_TEST(put(guest, "RESUME").status == 202);
        BOOST_TEST(becomes(guest, "ACTIVE"));
    }

    support::Answer ask_to_remove(const std::string& guest) const {
        return client.send("DELETE", path(guest), "", {{"Prefer", "respond-async"}});
    }

    void remove_all() {
        for (const auto& guest : guests) BOOST_TEST(ask_to_remove(guest).status == 202);
        for (const auto& guest : guests) BOOST_TEST(becomes(guest, "404"));
        remove("/storage/" + original);
        BOOST_TEST(nothing_is_left());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_frozen_guest, Fixture)

BOOST_AUTO_TEST_CASE(is_shown_as_stuck_holds_up_nobody_and_goes_on_when_it_is_let) {
    const auto& guest = guests.front();
    live::Onlooker onlooker(agent, {"/compute", path(guest), "/-/health"});
    auto frozen = freeze(guest);
    const live::Stopwatch watch;
    BOOST_TEST(support::eventually([&] { return condition_of(guest) == "stuck"; }, until_shown));
    const auto shown_after = watch.time();
    const auto entry = client.get(path(guest)).body;
    BOOST_TEST(!live::element(entry, "REASON").empty());
    BOOST_TEST(live::element(entry, "STATE") == "ACTIVE");
    BOOST_TEST(was_told(guest, "stuck"));

    obeys(guests.back());
    const auto more = make();
    BOOST_TEST(becomes(more, "ACTIVE"));
    remove(path(more));
    for (const auto& other : guests) BOOST_TEST((other == guest || condition_of(other) == "known"));
    BOOST_TEST(condition_of(guest) == "stuck");
    BOOST_TEST(process_of(guest) == processes[guest]);

    frozen.let_go();
    const live::Stopwatch again;
    BOOST_TEST(is_seen_as(guest, "known"));
    const auto reacts_after = again.time();
    BOOST_TEST(was_told(guest, "reacting"));
    BOOST_TEST(process_of(guest) == processes[guest]);
    const auto seen = onlooker.looked();
    BOOST_TEST(seen.complaint() == "");
    BOOST_TEST(put(guest, "SHUTDOWN").status == 202);
    BOOST_TEST(becomes(guest, "STOPPED"));
    BOOST_TEST(says(guest, "MICRO: BYE"));
    live::row("SIGSTOP one QEMU of " + std::to_string(many), "shown stuck after " + to_text(shown_after) +
                                                                 " (" + live::element(entry, "REASON") +
                                                                 "); the others obey; " + seen.text());
    live::row("SIGCONT it",
              "reacts after " + to_text(reacts_after) + ", the same process, obeys the power button");
    remove_all();
}

BOOST_AUTO_TEST_CASE(takes_a_few_of_200_requests_refuses_the_others_and_is_forced_off) {
    const auto& guest = guests.front();
    const auto threads_before = live::threads_of(agent.pid());
    live::Onlooker onlooker(agent, {"/compute", path(guest), path(guests.back())});
    const auto frozen = freeze(guest);
    const auto asked = live::all_at_once(200, [&] { return put(guest, "SUSPENDED"); });
    for (const auto& [answer, took] : asked) {
        BOOST_TEST((answer.status == 202 || answer.status == 503));
        if (answer.status != 503) continue;
        BOOST_TEST(!answer.header("Retry-After").empty());
        BOOST_TEST(answer.body.find(guest) != std::string::npos);
    }
    auto counted = live::statuses(asked);
    BOOST_TEST(counted[202] <= most_taken);
    BOOST_TEST((live::slowest(asked) < live::prompt));
    // One that was asked for, and one by which the agent looks after all guests.
    const auto hanging = hanging_calls();
    BOOST_TEST(hanging <= 2U);
    BOOST_TEST(is_seen_as(guest, "stuck"));
    const auto later = live::all_at_once(200, [&] { return put(guest, "SUSPENDED"); });
    BOOST_TEST(live::statuses(later)[503] == later.size());
    BOOST_TEST(hanging_calls() <= 2U);
    obeys(guests.back());

    const live::Stopwatch watch;
    BOOST_TEST(put(guest, "CANCEL").status == 202);
    BOOST_TEST(support::eventually([&] { return state_of(guest) == "STOPPED"; }, until_off));
    const auto off_after = watch.time();
    const auto seen = onlooker.looked();
    BOOST_TEST(seen.complaint() == "");
    BOOST_TEST(all_has_ended());
    BOOST_TEST(condition_of(guest) == "known");
    BOOST_TEST(put(guest, "RESUME").status == 202);
    BOOST_TEST(becomes(guest, "ACTIVE"));
    live::row("200 requests at once at a frozen guest",
              to_text(counted) + ", the slowest answer " + to_text(live::slowest(asked)) +
                  "; once it is shown stuck " + to_text(live::statuses(later)) + ", " +
                  to_text(live::slowest(later)) + "; " +
                  "calls that hang in libvirtd: " + std::to_string(hanging) + "; " +
                  std::to_string(threads_before) + " threads before; " + seen.text());
    live::row("force it off meanwhile", "off after " + to_text(off_after) + ", and boots again");
    remove_all();
}

BOOST_AUTO_TEST_CASE(are_all_20_shown_as_stuck_forced_off_deleted_and_taken_up_again) {
    const auto healthy = client.get("/-/health").body;
    const auto traces = node.traces(agent.state() / "console");
    live::Onlooker onlooker(agent, {"/compute", path(guests.front()), path(guests.back()), "/-/health"});
    std::map<std::string, live::Frozen> frozen;
    const live::Stopwatch watch;
    for (const auto& guest : guests) frozen.emplace(guest, freeze(guest));
    std::map<std::string, std::chrono::microseconds> shown_after;
    BOOST_TEST(support::eventually(
        [&] {
            for (const auto& guest : guests)
                if (!shown_after.contains(guest) && condition_of(guest) == "stuck")
                    shown_after[guest] = watch.time();
            return shown_after.size() == many;
        },
        40s));
    const auto by_time = [](const auto& one, const auto& other) { return one.second < other.second; };
    BOOST_REQUIRE(!shown_after.empty());
    const auto first = std::ranges::min_element(shown_after, by_time)->second,
               last = std::ranges::max_element(shown_after, by_time)->second;
    BOOST_TEST((last <= until_shown));
    const auto health = client.get("/-/health").body;
    BOOST_TEST(health.find("degraded") != std::string::npos);
    BOOST_TEST(health.find("20 computes do not react") != std::string::npos);
    BOOST_TEST((node.traces(agent.state() / "console") == traces));

    const std::vector<std::string> off(guests.begin(), guests.begin() + 2),
        gone(guests.begin() + 2, guests.begin() + 4);
    const live::Stopwatch force;
    for (const auto& guest : off) BOOST_TEST(put(guest, "CANCEL").status == 202);
    for (const auto& guest : gone) BOOST_TEST(ask_to_remove(guest).status == 202);
    for (const auto& guest : off) BOOST_TEST(becomes(guest, "STOPPED"));
    const auto off_after = force.time();
    for (const auto& guest : gone) BOOST_TEST(becomes(guest, "404"));
    const auto gone_after = force.time();

    const live::Stopwatch again;
    frozen.clear();
    for (std::size_t index = 4; index < many; ++index) BOOST_TEST(is_seen_as(guests[index], "known"));
    const auto react_after = again.time();
    const auto seen = onlooker.looked();
    BOOST_TEST(seen.complaint() == "");
    for (std::size_t index = 4; index < many; ++index)
        BOOST_TEST(process_of(guests[index]) == processes[guests[index]]);
    const auto after = client.get("/-/health").body;
    // Whatever it says of what earlier tests left on this host, it says as before.
    BOOST_TEST(after.substr(0, after.find("\"parts\"")) == healthy.substr(0, healthy.find("\"parts\"")));
    BOOST_TEST(after.find("\"computes\":{\"status\":\"ready\"") != std::string::npos, after);
    obeys(guests.back());
    live::row("SIGSTOP 20 QEMUs of 20", "the first is shown stuck after " + to_text(first) +
                                            ", the last after " + to_text(last) + "; health is degraded; " +
                                            seen.text());
    live::row("force off 2 of them, delete 2",
              "off after " + to_text(off_after) + ", gone after " + to_text(gone_after));
    live::row("SIGCONT the other 16", "all react after " + to_text(react_after) + ", the same processes");
    guests.erase(guests.begin() + 2, guests.begin() + 4);
    remove_all();
}

// Each is asked for at the moment at which it freezes: how many of the calls are inside libvirt before anybody can know
// of it is up to the scheduler, and never more than its lanes let in.
BOOST_AUTO_TEST_CASE(cost_nobody_else_a_seat_however_many_have_a_change_pending) {
    const auto another = make();
    BOOST_REQUIRE(becomes(another, "ACTIVE"));
    const auto time_of = [&](const std::string& word, const std::string& state) {
        const live::Stopwatch watch;
        BOOST_TEST(put(another, word).status == 202);
        BOOST_TEST(becomes(another, state));
        return watch.time();
    };
    const auto alone = time_of("SUSPENDED", "SUSPENDED");
    time_of("RESUME", "ACTIVE");
    std::vector<live::Frozen> frozen;
    for (const auto& guest : guests) {
        frozen.push_back(freeze(guest));
        put(guest, "SUSPENDED");
    }
    const auto beside = time_of("SUSPENDED", "SUSPENDED");
    time_of("RESUME", "ACTIVE");
    const auto more = make();
    BOOST_TEST(becomes(more, "ACTIVE"));
    BOOST_TEST(put(more, "CANCEL").status == 202);
    BOOST_TEST(becomes(more, "STOPPED"));
    BOOST_TEST(hanging_calls() <= hv::libvirt::Lanes::most_inside + most_looks);
    // By force they go, too, each in its turn.
    const live::Stopwatch force;
    for (const auto& guest : guests) BOOST_TEST(put(guest, "CANCEL").status == 202);
    BOOST_TEST(put(another, "CANCEL").status == 202);
    BOOST_TEST(becomes(another, "STOPPED"));
    const auto other_off_after = force.time();
    for (const auto& guest : guests)
        BOOST_TEST(support::eventually([&] { return state_of(guest) == "STOPPED"; }, 60s));
    live::row("SIGSTOP 20 QEMUs of 21, each with a change pending",
              "suspend another in " + to_text(beside) + " (alone " + to_text(alone) +
                  "); all forced off after " + to_text(force.time()) + ", one that reacts after " +
                  to_text(other_off_after));
    frozen.clear();
    guests.push_back(another);
    guests.push_back(more);
    remove_all();
}

BOOST_AUTO_TEST_SUITE_END()
