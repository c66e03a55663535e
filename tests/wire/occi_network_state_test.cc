// Networks that go up and down, as a client of OCCI sees it. Since nothing of that is asked for in the XML, it is shown
// there by what a compute can do.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/service/network/networks.hh"
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

using nlohmann::json;

namespace {

struct Fixture : wire::Fixture {
    std::string network = agent.network();

    std::string machine() {
        return agent.compute("<COMPUTE><NAME>a</NAME><NICS><NIC><UUID>" + network +
                             "</UUID></NIC></NICS></COMPUTE>");
    }
    std::string state() const { return value("/network/" + network, "occi.network.state"); }
    std::string nic_state(const std::string& compute) const {
        const auto shown = read("/compute/" + compute);
        for (const auto& link : shown["links"])
            if (link["attributes"].contains("occi.networkinterface.state"))
                return link["attributes"]["occi.networkinterface.state"];
        return "none";
    }
    std::string actions() const { return actions_of("/network/" + network); }
    support::Answer act(const std::string& term, const std::string& id) const {
        return wire::Fixture::act("/network/" + id, term);
    }
    bool goes(const std::string& term, const std::string& to) {
        BOOST_TEST(act(term, network).status == 200);
        return support::eventually([&] { return state() == to; }) && all_has_ended();
    }
    bool is_active() { return agent.host().network().find(network).value().active; }
    int start(const std::string& compute) const { return put(compute, "RESUME").status; }
    void stop(const std::string& compute) {
        put(compute, "CANCEL");
        BOOST_TEST(agent.becomes(compute, "STOPPED"));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_network_state, Fixture)

BOOST_AUTO_TEST_CASE(goes_down_and_up_when_nobody_runs_on_it) {
    BOOST_TEST(actions() == "down ");
    BOOST_TEST(goes("down", "inactive"));
    BOOST_TEST(!is_active());
    BOOST_TEST(actions() == "up ");
    BOOST_TEST(goes("up", "active"));
    BOOST_TEST(is_active());
    BOOST_TEST(actions() == "down ");
}

BOOST_AUTO_TEST_CASE(is_where_it_was_asked_to_go_already) {
    const auto answer = act("up", network);
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("is up already") != std::string::npos);
    BOOST_TEST(agent.host().calls("network.start") == 0U);
}

BOOST_AUTO_TEST_CASE(goes_nowhere_when_somebody_else_has_removed_it) {
    agent.host().vanish(network);
    BOOST_TEST(support::eventually([&] { return state() == "error"; }));
    for (const auto* term : {"up", "down"}) {
        const auto answer = act(term, network);
        BOOST_TEST(answer.status == 409);
        BOOST_TEST(answer.body.find("libvirt has it no longer") != std::string::npos, answer.body);
    }
    BOOST_TEST(all_has_ended());
}

BOOST_AUTO_TEST_CASE(what_somebody_else_removes_on_the_way_up_is_not_taken_back_for_ever) {
    BOOST_TEST(goes("down", "inactive"));
    agent.host().hold("network.start");
    const auto answer = client.send("POST", "/network/" + network + "?action=up",
                                    words::category("up", words::action_scheme("network"), "action"),
                                    {{"Content-Type", "text/plain"}, {"Prefer", "respond-async"}});
    BOOST_TEST(answer.status == 202);
    BOOST_TEST(agent.host().wait_until_held("network.start"));
    agent.host().vanish(network);
    agent.host().release("network.start");
    BOOST_TEST(all_has_ended());
    BOOST_TEST(state() == "error");
    BOOST_TEST(client.send("DELETE", "/network/" + network).status == 204);
}

BOOST_AUTO_TEST_CASE(pulls_the_cables_of_those_that_run_on_it_and_stays_for_them) {
    const auto compute = machine();
    BOOST_TEST(nic_state(compute) == "active");
    BOOST_TEST(goes("down", "inactive"));
    BOOST_TEST(!agent.host().is_linked(compute, network));
    BOOST_TEST(nic_state(compute) == "inactive");
    BOOST_TEST(is_active());
    BOOST_TEST(agent.state_of(compute) == "ACTIVE");
    BOOST_TEST(goes("up", "active"));
    BOOST_TEST(agent.host().is_linked(compute, network));
    BOOST_TEST(nic_state(compute) == "active");
}

BOOST_AUTO_TEST_CASE(nothing_starts_on_one_that_is_down) {
    const auto compute = machine();
    stop(compute);
    BOOST_TEST(goes("down", "inactive"));
    const auto refused = client.put("/compute/" + compute, "<COMPUTE><STATE>RESUME</STATE></COMPUTE>");
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(refused.body.find("network " + network + " is down") != std::string::npos);
    const auto another =
        client.post("/compute", "<COMPUTE><NICS><NIC><UUID>" + network + "</UUID></NIC></NICS></COMPUTE>");
    BOOST_TEST(another.status == 409);
    BOOST_TEST(another.body.find("is down") != std::string::npos);
    BOOST_TEST(goes("up", "active"));
    BOOST_TEST(start(compute) == 202);
    BOOST_TEST(agent.becomes(compute, "ACTIVE"));
}

BOOST_AUTO_TEST_CASE(one_that_is_suspended_goes_on_without_it) {
    const auto compute = machine();
    client.put("/compute/" + compute, "<COMPUTE><STATE>SUSPENDED</STATE></COMPUTE>");
    BOOST_TEST(agent.becomes(compute, "SUSPENDED"));
    BOOST_TEST(goes("down", "inactive"));
    BOOST_TEST(start(compute) == 202);
    BOOST_TEST(agent.becomes(compute, "ACTIVE"));
    BOOST_TEST(!agent.host().is_linked(compute, network));
}

BOOST_AUTO_TEST_CASE(what_fails_on_the_way_is_taken_back_and_said) {
    const auto compute = machine();
    agent.host().fail_next("compute.set_link", Error(Fault::conflict, "the cable is stuck"));
    BOOST_TEST(act("down", network).status == 409);
    BOOST_TEST(all_has_ended());
    const auto shown = read("/network/" + network)["attributes"];
    BOOST_TEST(shown["occi.network.state"] == "active");
    BOOST_TEST(shown["occi.network.state.message"] == "take down network: the cable is stuck");
    BOOST_TEST(agent.host().is_linked(compute, network));
    BOOST_TEST(goes("down", "inactive"));
    BOOST_TEST(!read("/network/" + network)["attributes"].contains("occi.network.state.message"));
}

BOOST_AUTO_TEST_CASE(a_machine_of_others_keeps_it_up) {
    hv::MachineSpec spec;
    spec.nics.push_back({network, "52:54:00:00:00:99", std::nullopt, ""});
    const auto theirs = agent.host().add_foreign_machine("theirs", hv::MachineState::running, spec);
    BOOST_TEST(support::eventually([&] { return client.get("/compute/" + theirs).status == 200; }));
    BOOST_TEST(actions() == "");
    const auto refused = act("down", network);
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(refused.body.find(theirs) != std::string::npos);
    BOOST_TEST(state() == "active");
}

BOOST_AUTO_TEST_CASE(one_of_others_is_left_alone) {
    const auto theirs = agent.host().add_foreign_network("theirs");
    BOOST_TEST(support::eventually([&] { return client.get("/network/" + theirs).status == 200; }));
    BOOST_TEST(!read("/network/" + theirs).contains("actions"));
    BOOST_TEST(act("down", theirs).status == 403);
}

BOOST_AUTO_TEST_CASE(stays_down_over_a_restart_and_can_be_removed) {
    BOOST_TEST(goes("down", "inactive"));
    agent.restart();
    BOOST_TEST(support::eventually([&] { return client.get("/network/" + network).status == 200; }));
    BOOST_TEST(state() == "inactive");
    BOOST_TEST(actions() == "up ");
    BOOST_TEST(client.remove("/network/" + network).status == 204);
    BOOST_TEST(!agent.host().network().find(network).has_value());
}

BOOST_AUTO_TEST_CASE(an_action_that_it_does_not_have_is_refused) {
    BOOST_TEST(act("online", network).status == 400);
    BOOST_TEST(act("up", "6695eb01-0000-4000-8000-000000000001").status == 404);
}

BOOST_AUTO_TEST_CASE(gets_another_name_and_keeps_its_addresses) {
    service::Networks networks(agent.context());
    const service::Terms terms{{"local", auth::Role::administrator}};
    occi::Resource wanted;
    wanted.attributes[occi::name::title] = "another";
    wanted.attributes[occi::name::network_address] = "10.1.0.0";
    BOOST_TEST(networks.update(network, wanted, terms).has_value());
    BOOST_TEST(all_has_ended());
    BOOST_TEST(read("/network/" + network)["title"] == "another");
    BOOST_TEST(!networks.update(network, wanted, terms).has_value());
    wanted.attributes[occi::name::network_address] = "10.2.0.0/24";
    BOOST_CHECK_EXCEPTION(networks.update(network, wanted, terms), Error,
                          [](const Error& error) { return error.fault() == Fault::conflict; });
}

BOOST_AUTO_TEST_SUITE_END()
