// The agent is killed at every point of its work that stands in the journal. After its next start everything is whole or gone:
// nothing is left that nobody owns, and the image is what it was.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace {

constexpr std::size_t least_points = 20;

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Fixture : live::Fixture {
    std::string url = agent.offer(support::environment("OCCI_AGENT_GUESTS") + "/micro.raw");
    std::string original = bytes_of(agent.images() / "micro.raw");
    std::string image;

    // The answer, or status 0 when the agent has died meanwhile.
    support::Answer ask(const std::string& method, const std::string& path, const std::string& body = "") {
        try {
            return client.send(method, path, body);
        } catch (const std::runtime_error&) {
            return {};
        }
    }
    bool all_has_ended() {
        const auto page = ask("GET", "/-/operations?limit=1000");
        return page.status == 200 && page.body.find("\"running\"") == std::string::npos &&
               page.body.find("\"waiting\"") == std::string::npos &&
               page.body.find("\"undoing\"") == std::string::npos;
    }
    void wait_for_all() {
        BOOST_TEST(support::eventually([&] { return agent.has_died() || all_has_ended(); }));
    }

    // Everything that has steps: an import, a creation with each kind of disk and an address, a change of disks, and the removals.
    void live_a_life() {
        const auto made = ask("POST", "/storage", "<DISK><NAME>m</NAME><URL>" + url + "</URL></DISK>");
        if (made.status != 201) return;
        image = made.id();
        const auto disk = live::disk(image);
        const auto created =
            ask("POST", "/compute", "<COMPUTE><DISKS>" + disk + "<SWAP size=\"8\"/></DISKS></COMPUTE>");
        if (created.status != 201) return;
        const auto compute = "/compute/" + created.id();
        wait_for_all();
        ask("PUT", compute,
            "<COMPUTE><DISKS>" + disk + "<SWAP size=\"8\"/><SWAP size=\"9\"/></DISKS></COMPUTE>");
        wait_for_all();
        ask("PUT", compute, "<COMPUTE><DISKS>" + disk + "<SWAP size=\"8\"/></DISKS></COMPUTE>");
        wait_for_all();
        ask("DELETE", compute);
        wait_for_all();
    }

    void remove_all() {
        for (const std::string pool : {"/compute", "/storage"}) {
            const auto list = client.get(pool).body;
            for (auto at = list.find(pool + "/"); at != list.npos; at = list.find(pool + "/", at + 1))
                remove(list.substr(at, pool.size() + 37));
        }
    }

    std::set<std::string> points() {
        agent.end();
        agent.start_crashing("nowhere");
        live_a_life();
        remove_all();
        std::ifstream file(agent.passed_points());
        std::set<std::string> all;
        for (std::string line; std::getline(file, line);) all.insert(line);
        agent.end();
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_crash, Fixture)

BOOST_AUTO_TEST_CASE(at_any_point_leaves_everything_whole_or_gone) {
    const auto all = points();
    BOOST_TEST(all.size() >= least_points);
    for (const auto& point : all) {
        BOOST_TEST_CONTEXT("killed at " << point) {
            agent.start_crashing(point);
            live_a_life();
            if (!image.empty()) ask("DELETE", "/storage/" + image);
            wait_for_all();
            BOOST_TEST(support::eventually([&] { return agent.has_died(); }));
            agent.end(9);
            agent.start();
            BOOST_TEST(support::eventually([&] { return all_has_ended(); }));
            const auto seen = client.get("/storage/" + image);
            const bool whole = seen.status == 200 && seen.body.find("<STATE>") == std::string::npos;
            if (whole) {
                BOOST_TEST((bytes_of("/var/lib/libvirt/occi-agent-tests/" + image + ".raw") == original));
            }
            remove_all();
            const bool clean = nothing_is_left();
            BOOST_TEST(clean);
            live::row("kill -9 at " + point, std::string("image ") + (whole ? "whole" : "gone") +
                                                 (clean ? ", nothing left over" : ", SOMETHING LEFT OVER"));
            agent.end();
        }
    }
    agent.start();
}

BOOST_AUTO_TEST_SUITE_END()
