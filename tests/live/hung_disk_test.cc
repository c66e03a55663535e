// A disk that hangs, and what else may hang when the agent is to end. Whoever asks is answered, what cannot be done
// says why, and once the disk answers again all goes on.
#define BOOST_TEST_DYN_LINK
#include "tests/live/crowd.hh"
#include "tests/live/fixture.hh"
#include "tests/live/frozen.hh"
#include "tests/live/hung_disk.hh"
#include "tests/live/row.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using support::has;
using namespace std::chrono_literals;
using live::to_text;

constexpr std::size_t creations = 20;
constexpr auto until_known = 45s; // by the comparison that is made each half a minute, at the latest
constexpr auto until_ended = 10s; // systemd kills then
constexpr auto silent = "the storage pool does not answer since ";

boost::test_tools::assertion_result there_is_fuse(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result possible(live::HungDisk::is_possible());
    possible.message() << "there is no /dev/fuse here";
    return possible;
}

struct Pool {
    support::TempFolder folder;
    live::HungDisk disk{support::AgentProcess::pool, folder.path() / "behind"};
};

struct State {
    support::TempFolder folder;
    live::HungDisk disk{folder.path() / "state", folder.path() / "behind"};
};

struct HungState : State, live::Fixture {
    HungState() : live::Fixture(support::AgentSettings{.state = State::folder.path() / "state"}) {}
};

struct Fixture : Pool, live::Fixture {
    const std::string micro = image("micro.raw");

    std::string health() const { return client.get("/-/health").body; }
    support::Answer create() const {
        return client.post("/compute", "<COMPUTE><DISKS>" + live::disk(micro) + "</DISKS><NICS/></COMPUTE>");
    }
    bool is_removed(const std::string& path) const {
        return support::eventually([&] { return client.get(path).status == 404; }, 60s);
    }
};

// Their ids, as the list links them.
std::vector<std::string> all_computes(const live::Fixture& fixture) {
    constexpr std::string_view before = "/compute/";
    constexpr std::size_t length = 36;
    std::vector<std::string> ids;
    const auto list = fixture.client.get("/compute").body;
    for (auto at = list.find(before); at != list.npos; at = list.find(before, at + 1))
        ids.push_back(list.substr(at + before.size(), length));
    return ids;
}

// So it is about to look after that signal itself.
bool has_blocked(pid_t process, int signal) {
    constexpr std::string_view row = "SigBlk:";
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(row))
            return std::stoull(line.substr(row.size()), nullptr, 16) >> (signal - 1) & 1;
    return false;
}

std::chrono::microseconds time_to_end(support::AgentProcess& agent) {
    const live::Stopwatch watch;
    BOOST_TEST(agent.end(15) == 0);
    return watch.time();
}

} // namespace

BOOST_AUTO_TEST_SUITE(live_hung_disk)

BOOST_FIXTURE_TEST_CASE(holds_up_nobody_who_asks_and_goes_on_when_it_answers, Fixture,
                        *boost::unit_test::precondition(there_is_fuse)) {
    live::Onlooker onlooker(agent, {"/compute", "/storage/" + micro, "/-/health"});
    disk.hang();
    const live::Stopwatch watch;
    const auto asked = live::all_at_once(creations, [&] { return create(); });
    for (const auto& each : asked)
        BOOST_TEST((each.answer.status == 201 || each.answer.status == 202 || each.answer.status == 503));
    BOOST_TEST((live::slowest(asked) < live::prompt));
    BOOST_TEST(support::eventually([&] { return has(health(), silent); }, until_known));
    const auto known_after = watch.time();
    BOOST_TEST(support::eventually([&] { return has(client.get("/storage/" + micro).body, silent); }));
    // What is taken back waits for the disk, and says so; nobody else does.
    for (const auto& each : asked)
        if (each.answer.status < 300)
            client.send("DELETE", "/compute/" + each.answer.id(), "", {{"Prefer", "respond-async"}});
    const auto later = create();
    BOOST_TEST((later.status == 503 || later.status < 300));
    const auto seen = onlooker.looked();
    BOOST_TEST(seen.complaint() == "");

    disk.go_on();
    const live::Stopwatch again;
    BOOST_TEST(
        support::eventually([&] { return health().starts_with(R"({"status":"ready")"); }, until_known));
    const auto ready_after = again.time();
    for (const auto& each : asked)
        if (each.answer.status < 300) BOOST_TEST(is_removed("/compute/" + each.answer.id()));
    if (later.status < 300) remove("/compute/" + later.id());
    const auto more = create();
    BOOST_TEST(becomes(more.id(), "ACTIVE"));
    remove("/compute/" + more.id());
    remove("/storage/" + micro);
    BOOST_TEST(nothing_is_left());
    live::row("20 creations on a disk that hangs", to_text(live::statuses(asked)) + ", the slowest answer " +
                                                       to_text(live::slowest(asked)) + "; known after " +
                                                       to_text(known_after) + "; " + seen.text() +
                                                       "; ready again after " + to_text(ready_after));
}

BOOST_FIXTURE_TEST_CASE(does_not_keep_the_agent_from_ending, Fixture,
                        *boost::unit_test::precondition(there_is_fuse)) {
    disk.hang();
    live::all_at_once(creations, [&] { return create(); });
    const auto took = time_to_end(agent);
    BOOST_TEST((took <= until_ended));
    disk.go_on();
    agent.start();
    BOOST_TEST(all_has_ended());
    for (const auto& compute : all_computes(*this)) remove("/compute/" + compute);
    remove("/storage/" + micro);
    BOOST_TEST(nothing_is_left());
    live::row("SIGTERM while the disk hangs", "ended after " + to_text(took));
}

BOOST_FIXTURE_TEST_CASE(is_not_waited_for_at_the_start, Fixture,
                        *boost::unit_test::precondition(there_is_fuse)) {
    agent.end();
    disk.hang();
    const live::Stopwatch watch;
    agent.start();
    const auto up_after = watch.time();
    BOOST_TEST(client.get("/storage/" + micro).status == 200);
    BOOST_TEST(has(client.get("/storage/" + micro).body, "unknown"));
    disk.go_on();
    BOOST_TEST(
        support::eventually([&] { return health().starts_with(R"({"status":"ready")"); }, until_known));
    BOOST_TEST(!has(client.get("/storage/" + micro).body, "unknown"));
    remove("/storage/" + micro);
    BOOST_TEST(nothing_is_left());
    live::row("start on a disk that hangs", "answers after " + to_text(up_after));
}

BOOST_FIXTURE_TEST_CASE(that_has_the_state_takes_one_request_with_it_and_no_other, HungState,
                        *boost::unit_test::precondition(there_is_fuse)) {
    const auto running = compute("<DISKS/><NICS/>");
    BOOST_TEST(becomes(running, "ACTIVE"));
    const auto reasons = [&] {
        return nlohmann::json::parse(client.get("/-/health").body).at("reasons").dump();
    };
    const auto usual = reasons();
    live::Onlooker onlooker(agent, {"/compute", "/compute/" + running, "/-/health"});
    disk.hang();
    const auto ask = [&] { return client.post("/compute", "<COMPUTE><NICS/></COMPUTE>"); };
    // The first of them hangs with the disk until it goes on; its client gets its answer then.
    auto asked = std::async(std::launch::async, [&] { return live::all_at_once(creations, ask); });
    BOOST_TEST(
        support::eventually([&] { return has(client.get("/-/health").body, "has not answered for"); }));
    const live::Stopwatch watch;
    const auto late = ask();
    const auto refused_after = watch.time();
    BOOST_TEST(late.status == 503);
    BOOST_TEST(has(late.body, "the disk of the agent's own store does not answer"));
    BOOST_TEST((refused_after < live::prompt));
    BOOST_TEST(client.get("/-/operations").status == 503);
    // What others do to a machine is seen all the same.
    node.destroy("occi-" + running);
    BOOST_TEST(becomes(running, "STOPPED"));
    // Who came while all eight workers waited for that disk has waited with them, for as long as they do.
    const auto seen = onlooker.looked();
    BOOST_TEST(seen.failures == "");
    BOOST_TEST((seen.slowest() < live::prompt + 2s));

    disk.go_on();
    for (const auto& each : asked.get()) BOOST_TEST((each.answer.status == 503 || each.answer.status < 300));
    BOOST_TEST(support::eventually([&] { return reasons() == usual; }), reasons());
    BOOST_TEST(all_has_ended());
    for (const auto& each : all_computes(*this)) remove("/compute/" + each);
    BOOST_TEST(nothing_is_left());
    live::row("20 creations while the disk of the state hangs",
              "refused after " + to_text(refused_after) + "; " + seen.text());
}

BOOST_FIXTURE_TEST_CASE(that_has_the_state_does_not_keep_a_start_from_being_ended, HungState,
                        *boost::unit_test::precondition(there_is_fuse)) {
    agent.end();
    disk.hang();
    auto starting = std::async(std::launch::async, [&] { agent.start(); });
    BOOST_REQUIRE(support::eventually([&] { return agent.is_there() && has_blocked(agent.pid(), SIGTERM); }));
    const live::Stopwatch watch;
    ::kill(agent.pid(), SIGTERM);
    BOOST_TEST(support::eventually([&] { return !agent.is_there(); }, 2 * until_ended));
    const auto took = watch.time();
    BOOST_TEST((took <= until_ended));
    disk.go_on();
    BOOST_CHECK_THROW(starting.get(), std::runtime_error);
    agent.start();
    BOOST_TEST(nothing_is_left());
    live::row("SIGTERM during a start on a disk that hangs", "ended after " + to_text(took));
}

BOOST_FIXTURE_TEST_CASE(nor_does_a_libvirtd_that_stands_still, live::Fixture) {
    std::optional<live::Frozen> frozen(std::in_place, live::libvirtd());
    live::all_at_once(creations, [&] { return client.post("/compute", "<COMPUTE><NICS/></COMPUTE>"); });
    const auto took = time_to_end(agent);
    BOOST_TEST((took <= until_ended));
    frozen.reset();
    BOOST_REQUIRE(support::eventually([] {
        live::revive_libvirtd();
        try {
            const live::Node answers;
            return true;
        } catch (const std::runtime_error&) {
            return false;
        }
    }));
    agent.start();
    BOOST_TEST(all_has_ended());
    for (const auto& compute : all_computes(*this)) remove("/compute/" + compute);
    BOOST_TEST(nothing_is_left());
    live::row("SIGTERM while libvirtd is stopped", "ended after " + to_text(took));
}

BOOST_AUTO_TEST_SUITE_END()
