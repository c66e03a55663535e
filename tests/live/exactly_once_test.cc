// A request with an Idempotency-Key makes one machine, however often it comes, at the same moment or after the agent
// was killed.
#define BOOST_TEST_DYN_LINK
#include "tests/live/crowd.hh"
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using live::to_text;

constexpr std::size_t crowd = 100;

struct Fixture : live::Fixture {
    const std::string original = image("micro.raw");
    const std::string body =
        "<COMPUTE><NAME>once</NAME><DISKS>" + live::disk(original) + "</DISKS><NICS/></COMPUTE>";

    support::Answer post(const std::string& key, const std::string& what) const {
        return client.send("POST", "/compute", what, {{"Idempotency-Key", key}});
    }

    // The machines of libvirt, by their names.
    std::set<std::string> machines() const {
        std::set<std::string> all;
        for (const auto& trace : node.traces(agent.state() / "console"))
            if (trace.starts_with("domain occi-")) all.insert(trace.substr(12));
        return all;
    }
    std::size_t creations() const {
        const auto page = client.get("/-/operations?limit=1000").body;
        std::size_t count = 0;
        for (auto at = page.find("create compute"); at != page.npos; at = page.find("create compute", at + 1))
            ++count;
        return count;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_exactly_once, Fixture)

BOOST_AUTO_TEST_CASE(a_hundred_at_the_same_moment_make_one_machine_and_get_one_answer) {
    const auto answers = live::all_at_once(crowd, [&] { return post("k", body); });
    const auto first = answers.front().answer;
    for (const auto& [answer, took] : answers) {
        BOOST_TEST(answer.status == 201);
        BOOST_TEST(answer.header("Location") == first.header("Location"));
        BOOST_TEST(answer.body == first.body);
    }
    const auto id = first.id();
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST((machines() == std::set<std::string>{id}));
    BOOST_TEST(creations() == 1U);
    const auto process = live::qemu_of("occi-" + id);

    agent.end(9);
    agent.start();
    const auto later = live::all_at_once(crowd, [&] { return post("k", body); });
    for (const auto& [answer, took] : later) {
        BOOST_TEST(answer.status == 201);
        BOOST_TEST(answer.header("Location") == first.header("Location"));
        BOOST_TEST(answer.body == first.body);
    }
    BOOST_TEST(post("k", "<COMPUTE><NAME>another</NAME><NICS/></COMPUTE>").status == 422);
    BOOST_TEST((machines() == std::set<std::string>{id}));
    BOOST_TEST(live::qemu_of("occi-" + id) == process);
    live::row("100 POST /compute at once with one Idempotency-Key", to_text(live::statuses(answers)) +
                                                                        ", one machine, the slowest answer " +
                                                                        to_text(live::slowest(answers)));
    live::row("the same after kill -9 of the agent",
              to_text(live::statuses(later)) + ", the same answer and the same machine; another body: 422");
    remove("/compute/" + id);
    remove("/storage/" + original);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(a_hundred_while_the_agent_is_killed_make_one_machine) {
    std::string seen;
    for (const auto moment : {0ms, 5ms, 20ms, 60ms}) {
        BOOST_TEST_CONTEXT("killed " << moment.count() << " ms after they were sent") {
            const auto key = "k" + std::to_string(moment.count());
            std::vector<live::Timed> before_it, after_it;
            std::jthread clients(
                [&] { before_it = live::all_at_once(crowd, [&] { return post(key, body); }); });
            std::this_thread::sleep_for(moment); // nothing is waited for: this is what differs
            agent.end(9);
            agent.start();
            clients.join();
            after_it = live::all_at_once(crowd, [&] { return post(key, body); });
            const auto first = after_it.front().answer;
            // Whoever was promised a machine was promised this one. The others' answers died with the agent (0), or the
            // next one had not seen the node yet (503).
            for (const auto& [answer, took] : before_it) {
                BOOST_TEST((answer.status == 201 || answer.status == 503 || answer.status == 0));
                if (answer.status == 201) BOOST_TEST(answer.header("Location") == first.header("Location"));
            }
            for (const auto& [answer, took] : after_it) {
                BOOST_TEST(answer.status == 201);
                BOOST_TEST(answer.header("Location") == first.header("Location"));
            }
            BOOST_TEST(becomes(first.id(), "ACTIVE"));
            BOOST_TEST((machines() == std::set<std::string>{first.id()}));
            seen += to_text(moment) + ": " + to_text(live::statuses(before_it)) + "; ";
            remove("/compute/" + first.id());
        }
    }
    live::row("kill -9 of the agent in such a hundred",
              seen + "(0: no answer); all sent again: one machine each");
    remove("/storage/" + original);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
