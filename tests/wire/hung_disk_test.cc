// A pool whose disk hangs, over HTTP: who asks is answered, what is shown of it says so, and all goes on when it
// answers again.
#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <thread>
#include <vector>

namespace {

using nlohmann::json;

constexpr auto silent = "the storage pool does not answer since ";

struct Fixture : wire::Fixture {
    Fixture() : wire::Fixture(support::AgentUnderTest::quick_settings(), {}, true) {}
    const std::string original = agent.image();

    ~Fixture() { go_on(); }
    static constexpr std::array verbs{"storage.list",  "storage.find",   "storage.create",
                                      "storage.clone", "storage.remove", "storage.available",
                                      "storage.import"};
    void hang() {
        for (const auto* verb : verbs) agent.host().hold(verb);
    }
    void go_on() {
        for (const auto* verb : verbs) agent.host().release(verb);
    }
    bool is_said() {
        return support::eventually([&] {
            const auto shown = health();
            return shown["status"] == "degraded" &&
                   shown["parts"]["pool"].value("message", "").find(silent) != std::string::npos;
        });
    }
    std::string create() {
        return client
            .post("/compute", "<COMPUTE><DISKS><DISK image=\"" + original + "\"/></DISKS><NICS/></COMPUTE>")
            .id();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_hung_disk, Fixture)

BOOST_AUTO_TEST_CASE(is_told_and_holds_up_nobody) {
    hang();
    std::vector<std::string> made(20);
    {
        std::vector<std::jthread> crowd;
        for (auto& id : made) crowd.emplace_back([&] { id = create(); });
    }
    BOOST_TEST(is_said());
    BOOST_TEST(client.get("/compute").status == 200);
    BOOST_TEST(support::eventually(
        [&] { return client.get("/storage/" + original).body.find(silent) != std::string::npos; }));
    // What needs the disk at once is refused, and says why.
    const auto refused = client.post("/storage", "<DISK><NAME>d</NAME><SIZE>1</SIZE></DISK>");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.body.find(silent) != std::string::npos);
    go_on();
    BOOST_TEST(support::eventually([&] { return health()["status"] == "ready"; }));
    BOOST_TEST(support::eventually([&] { return agent.operations().under_way() == 0; }));
    BOOST_TEST(client.get("/storage/" + original).body.find(silent) == std::string::npos);
    BOOST_TEST(agent.becomes(create(), "ACTIVE"));
}

BOOST_AUTO_TEST_CASE(takes_a_deletion_that_goes_on_when_it_answers) {
    const auto id = create();
    BOOST_REQUIRE(agent.becomes(id, "ACTIVE"));
    hang();
    BOOST_REQUIRE(is_said());
    BOOST_TEST(client.send("DELETE", "/compute/" + id, "", {{"Prefer", "respond-async"}}).status == 202);
    // The machine is off; what is on the disk waits for it.
    BOOST_TEST(support::eventually([&] { return agent.host().compute().list().empty(); }));
    BOOST_TEST(client.get("/compute/" + id).status == 200);
    go_on();
    BOOST_TEST(agent.becomes(id, "404"));
    BOOST_TEST(agent.host().storage().list().size() == 1U); // the image
}

BOOST_AUTO_TEST_SUITE_END()
