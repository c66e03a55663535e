// The agent is killed at points of its work that stand in the journal: at every third of them in `make check`, others
// each time, and at every one with OCCI_AGENT_SOAK=1. After its next start everything is whole or gone: nothing is
// left that nobody owns, and the image is what it was.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/content_of.hh"
#include "tests/support/eventually.hh"
#include "tests/support/words.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace {

constexpr std::size_t least_points = 50;

struct Fixture : live::Fixture {
    std::string url = agent.offer(support::environment("OCCI_AGENT_GUESTS") + "/micro.raw");
    std::string original = support::content_of(agent.images() / "micro.raw");
    std::string image;
    std::vector<std::string> networks = entries("/network"); // those that were there before

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
    // The path of the last one of that kind; empty when there is none, or nobody answers.
    std::string last_link(const std::string& compute, const std::string& kind) {
        std::string shown;
        try {
            shown = client.send("GET", compute, {}, {{"Accept", "text/plain"}}).body;
        } catch (const std::runtime_error&) {
            return {};
        }
        const auto begin = shown.rfind("self=\"/" + kind + "/");
        if (begin == shown.npos) return {};
        const auto path = shown.substr(begin + 6);
        return path.substr(0, path.find('"'));
    }
    void wait_for_all() {
        BOOST_TEST(support::eventually([&] { return agent.has_died() || all_has_ended(); }));
    }

    void act(const std::string& path, const std::string& action) {
        ask("POST", path + "?action=" + action,
            words::category(action, words::action_scheme(path.substr(1, path.find('/', 1) - 1)), "action"));
        wait_for_all();
    }

    // Everything that has steps: a network down and up, an import, a copy, a creation with each kind of disk and an
    // address, one that fails at its last step, a change of disks, one of sizes, links that are deleted, and the
    // removals.
    void live_a_life() {
        const auto net =
            ask("POST", "/network", "<NETWORK><NAME>n</NAME><ADDRESS>10.214.0.0</ADDRESS></NETWORK>");
        if (net.status != 201) return;
        act("/network/" + net.id(), "down");
        act("/network/" + net.id(), "up");
        ask("DELETE", "/network/" + net.id());
        const auto made = ask("POST", "/storage", "<DISK><NAME>m</NAME><URL>" + url + "</URL></DISK>");
        if (made.status != 201) return;
        image = made.id();
        const auto disk = live::disk(image);
        const auto created = ask("POST", "/compute",
                                 "<COMPUTE><TYPE>custom</TYPE><CPU>1</CPU><MEMORY>32</MEMORY><DISKS>" + disk +
                                     "<SWAP size=\"8\"/></DISKS></COMPUTE>");
        if (created.status != 201) return;
        const auto compute = "/compute/" + created.id();
        wait_for_all();
        act("/storage/" + image, "snapshot");
        ask("PUT", compute,
            "<COMPUTE><DISKS>" + disk + "<SWAP size=\"8\"/><SWAP size=\"9\"/></DISKS></COMPUTE>");
        wait_for_all();
        ask("PUT", compute, "<COMPUTE><DISKS>" + disk + "<SWAP size=\"8\"/></DISKS></COMPUTE>");
        wait_for_all();
        ask("PUT", compute,
            "<COMPUTE><NAME>n</NAME><TYPE>custom</TYPE><CPU>2</CPU><MEMORY>64</MEMORY></COMPUTE>");
        wait_for_all();
        for (const auto* kind : {"networkinterface", "storagelink"}) {
            const auto link = last_link(compute, kind);
            if (!link.empty()) ask("DELETE", link);
            wait_for_all();
        }
        ask("DELETE", compute);
        wait_for_all();
        ask("POST", "/compute",
            "<COMPUTE><TYPE>custom</TYPE><CPU>1</CPU><MEMORY>16777216</MEMORY><DISKS>" + disk +
                "</DISKS></COMPUTE>");
        wait_for_all();
    }

    static std::size_t count(const std::string& text, const std::string& part) {
        std::size_t all = 0;
        for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++all;
        return all;
    }
    // Each machine is there with all that belongs to it, or with nothing: as libvirt and the pool have it.
    std::string check_machines(std::size_t images) {
        std::size_t running = 0, volumes = images;
        std::string seen = "no machine";
        for (const auto& path : entries("/compute")) {
            const auto shown = client.get(path).body;
            const auto state = live::element(shown, "STATE");
            seen = "machine " + state;
            if (state == "FAILED") seen += " (" + live::element(shown, "MESSAGE").substr(0, 200) + ")";
            BOOST_TEST((state == "ACTIVE" || state == "FAILED"));
            // Of a change of its name and sizes it has all or nothing.
            if (state == "ACTIVE")
                BOOST_TEST((live::element(shown, "NAME") == "n") ==
                           (node.definition_of("occi-" + path.substr(9)).find(">65536</memory>") !=
                            std::string::npos));
            if (state != "ACTIVE") continue;
            ++running;
            volumes += count(shown, "<DISK ") + count(shown, "<SWAP ");
        }
        auto traces = node.traces(agent.state() / "console");
        for (const auto& trace : before) traces.erase(trace);
        const auto how_many = [&](std::string_view word) {
            return static_cast<std::size_t>(
                std::ranges::count_if(traces, [&](const auto& trace) { return trace.starts_with(word); }));
        };
        BOOST_TEST(how_many("domain ") == running);
        BOOST_TEST(how_many("process ") == running);
        BOOST_TEST(how_many("volume ") == volumes);
        if (how_many("volume ") != volumes)
            for (const auto& trace : traces) live::row("left over", trace);
        return seen;
    }

    std::vector<std::string> entries(const std::string& pool) {
        std::vector<std::string> paths;
        const auto list = client.get(pool).body;
        for (auto at = list.find(pool + "/"); at != list.npos; at = list.find(pool + "/", at + 1))
            paths.push_back(list.substr(at, pool.size() + 37));
        return paths;
    }
    // How many there are of the image and its copy: a volume has all of the bytes, or there is none.
    std::size_t check_images() {
        const auto images = entries("/storage");
        BOOST_TEST(images.size() <= 2U);
        for (const auto& path : images) {
            BOOST_TEST(client.get(path).body.find("<STATE>") == std::string::npos);
            BOOST_TEST((support::content_of("/var/lib/libvirt/occi-agent-tests" + path.substr(8) + ".raw") ==
                        original));
        }
        return images.size();
    }

    void remove_all() {
        for (const std::string pool : {"/compute", "/storage", "/network"})
            for (const auto& path : entries(pool))
                if (std::ranges::find(networks, path) == networks.end()) remove(path);
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

std::vector<std::string> some_of(const std::set<std::string>& all) {
    std::vector<std::string> points(all.begin(), all.end());
    if (std::getenv("OCCI_AGENT_SOAK")) return points;
    std::shuffle(points.begin(), points.end(), std::mt19937(std::random_device()()));
    points.resize((points.size() + 2) / 3);
    return points;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_crash, Fixture)

BOOST_AUTO_TEST_CASE(at_any_point_leaves_everything_whole_or_gone) {
    const auto all = points();
    BOOST_TEST(all.size() >= least_points);
    for (const auto& point : some_of(all)) {
        BOOST_TEST_CONTEXT("killed at " << point) {
            agent.start_crashing(point);
            live_a_life();
            if (!image.empty()) ask("DELETE", "/storage/" + image);
            wait_for_all();
            BOOST_TEST(support::eventually([&] { return agent.has_died(); }));
            agent.end(9);
            agent.start();
            BOOST_TEST(support::eventually([&] { return all_has_ended(); }));
            const auto whole = check_images();
            const auto machine = check_machines(whole);
            remove_all();
            const bool clean = nothing_is_left();
            BOOST_TEST(clean);
            live::row("kill -9 at " + point, machine + ", " + std::to_string(whole) + " images whole" +
                                                 (clean ? ", nothing left over" : ", SOMETHING LEFT OVER"));
            agent.end();
        }
    }
    agent.start();
}

BOOST_AUTO_TEST_SUITE_END()
