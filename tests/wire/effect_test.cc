// Asked is not happened: a hypervisor that takes a call and does nothing is not believed. The operation fails by its
// deadline and says what was seen instead.
#define BOOST_TEST_DYN_LINK
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

using hv::MachineState;

service::Settings impatient() {
    auto settings = support::AgentUnderTest::quick_settings();
    settings.effect_time = std::chrono::milliseconds(100);
    settings.stop_time = std::chrono::milliseconds(200);
    return settings;
}

struct Fixture : wire::Fixture {
    Fixture() : wire::Fixture(impatient()) {}

    support::Answer put(const std::string& id, const std::string& body) {
        return client.put("/compute/" + id, "<COMPUTE>" + body + "</COMPUTE>");
    }
    std::string compute_in(MachineState state) {
        const auto id = agent.compute("<COMPUTE><NICS/><DISKS><SWAP size=\"1\"/></DISKS></COMPUTE>");
        if (state != MachineState::running) agent.host().set_state(id, state, "as the test wants");
        BOOST_REQUIRE(support::eventually([&] {
            return agent.inventory().now()->machines.at(id)->state == state && !agent.operations().holder(id);
        }));
        return id;
    }
};

struct Row {
    const char* verb;
    MachineState from;
    const char* body; // of the PUT
    const char* said;
};
std::ostream& operator<<(std::ostream& out, const Row& one) { return out << one.verb << " " << one.body; }

constexpr auto unseen = "was not seen to happen within 0.1 s";
const std::vector<Row> rows{
    {"compute.start", MachineState::off, "<STATE>RESUME</STATE>", unseen},
    {"compute.start", MachineState::paused, "<STATE>RESUME</STATE>", unseen},
    {"compute.power_off", MachineState::running, "<STATE>CANCEL</STATE>", unseen},
    {"compute.discard", MachineState::saved, "<STATE>CANCEL</STATE>", unseen},
    {"compute.discard", MachineState::saved, "<STATE>POWEROFF</STATE>", unseen},
    {"compute.suspend", MachineState::running, "<STATE>SUSPENDED</STATE>", unseen},
    {"compute.suspend", MachineState::running, "<STATE>STOPPED</STATE>", unseen},
    {"compute.restart", MachineState::running, "<STATE>RESET</STATE>", unseen},
    {"compute.restart", MachineState::running, "<STATE>REBOOT</STATE>",
     "the guest ignored the request to restart"},
    {"compute.revise", MachineState::running, "<NAME>other</NAME>", unseen},
    {"compute.attach", MachineState::running,
     "<DISKS><SWAP size=\"1\" dev=\"vda\"/><SWAP size=\"2\"/></DISKS>", unseen},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_effect, Fixture)

BOOST_DATA_TEST_CASE(is_seen_or_the_operation_fails, data::make(rows), row) {
    const auto id = compute_in(row.from);
    agent.host().ignore(row.verb);
    const auto answer = put(id, row.body);
    BOOST_REQUIRE_MESSAGE(answer.status == 202, answer.body);
    const auto end = end_of(answer.id());
    BOOST_TEST((end.stage == state::Stage::failed));
    BOOST_TEST(end.message.find(row.said) != std::string::npos, end.message);
    const auto message = support::element(client.get("/compute/" + id).body, "MESSAGE");
    BOOST_TEST(message.find(row.said) != std::string::npos, message);
}

BOOST_AUTO_TEST_CASE(of_a_restart_is_that_a_deaf_guest_restarts) {
    const auto id = compute_in(MachineState::running);
    agent.host().set_deaf(id);
    const auto deaf = end_of(put(id, "<STATE>REBOOT</STATE>").id());
    BOOST_TEST((deaf.stage == state::Stage::failed));
    BOOST_TEST(deaf.message.find("ignored the request to restart") != std::string::npos, deaf.message);
    agent.host().set_deaf(id, false);
    BOOST_TEST((end_of(put(id, "<STATE>REBOOT</STATE>").id()).stage == state::Stage::done));
    BOOST_TEST(client.get("/compute/" + id).body.find("<MESSAGE>") == std::string::npos);
}

// Issue 11, 15: it was 200, and the size was what it had been.
BOOST_AUTO_TEST_CASE(of_a_resize_is_the_size_that_is_read_back) {
    const auto made = client.post("/storage", "<DISK><NAME>a</NAME><SIZE>8</SIZE></DISK>");
    const auto id = made.id();
    BOOST_REQUIRE(is_free(id));
    agent.host().ignore("storage.resize");
    const auto answer = act("/storage/" + id, "resize", words::attribute("size=1.0"));
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("resize storage " + id + ": it was asked for, and " + unseen) !=
                   std::string::npos,
               answer.body);
    BOOST_TEST(answer.body.find("it has 8388608 bytes") != std::string::npos, answer.body);
    agent.host().heal("storage.resize");
    BOOST_TEST(act("/storage/" + id, "resize", words::attribute("size=1.0")).status == 200);
}

BOOST_AUTO_TEST_CASE(of_a_network_is_that_it_is_up_or_down_or_gone) {
    const auto id = agent.network();
    agent.host().ignore("network.stop");
    BOOST_TEST(act("/network/" + id, "down").status == 409);
    agent.host().heal("network.stop");
    BOOST_TEST(act("/network/" + id, "down").status == 200);
    agent.host().ignore("network.start");
    BOOST_TEST(act("/network/" + id, "up").status == 409);
    agent.host().heal("network.start");
    agent.host().ignore("network.remove");
    BOOST_TEST(client.remove("/network/" + id).status == 409);
    agent.host().heal("network.remove");
    BOOST_TEST(client.remove("/network/" + id).status == 204);
}

BOOST_AUTO_TEST_CASE(of_a_removal_is_that_it_is_gone) {
    const auto id = compute_in(MachineState::running);
    agent.host().ignore("compute.remove");
    const auto removal = client.send("DELETE", "/compute/" + id, {}, {{"Prefer", "respond-async"}}).id();
    BOOST_TEST(support::eventually([&] { return agent.host().calls("compute.remove") > 1U; }));
    BOOST_TEST(!agent.operations().wait(removal, std::chrono::milliseconds(0)));
    agent.host().heal("compute.remove");
    BOOST_TEST((end_of(removal).stage == state::Stage::done));
}

BOOST_AUTO_TEST_SUITE_END()
