#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace data = boost::unit_test::data;

namespace {

using nlohmann::json;

struct Fixture : wire::Fixture {};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_health, Fixture)

BOOST_AUTO_TEST_CASE(tells_of_each_part) {
    const auto answer = client.get("/-/health");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "application/json");
    const auto shown = json::parse(answer.body);
    BOOST_TEST(shown["status"] == "ready");
    BOOST_TEST(shown["reasons"].empty());
    const auto& parts = shown["parts"];
    for (const auto* part :
         {"libvirt", "host", "pool", "store", "computes", "networks", "operations", "events", "notices"})
        BOOST_TEST(parts[part]["status"] == "ready");
    BOOST_TEST(parts["computes"]["stuck"].empty());
    BOOST_TEST(support::eventually([&] { return health()["parts"]["events"]["last"] > 0; }));
}

BOOST_AUTO_TEST_CASE(counts_what_is_under_way) {
    agent.host().hold("compute.start");
    const auto id = client.post("/compute", "<COMPUTE><NICS/></COMPUTE>").id();
    BOOST_REQUIRE(agent.host().wait_until_held("compute.start"));
    BOOST_TEST(health()["parts"]["operations"]["under_way"] == 1);
    agent.host().release("compute.start");
    BOOST_TEST(support::eventually([&] { return health()["parts"]["operations"]["under_way"] == 0; }));
}

BOOST_AUTO_TEST_CASE(names_the_computes_that_do_not_react) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    agent.host().set_stuck(id, "monitor silent since then");
    BOOST_TEST(support::eventually([&] { return health()["status"] == "degraded"; }));
    const auto shown = health();
    BOOST_TEST(shown["reasons"] == json::array({"1 compute does not react"}));
    BOOST_TEST(shown["parts"]["computes"]["stuck"] == json::array({id}));
    BOOST_TEST(shown["parts"]["libvirt"]["status"] == "ready");
    agent.host().set_stuck(id, "");
    BOOST_TEST(support::eventually([&] { return health()["status"] == "ready"; }));
}

BOOST_AUTO_TEST_CASE(says_since_when_and_why_libvirt_is_away) {
    agent.host().lose("gone on purpose");
    BOOST_REQUIRE(support::eventually([&] { return health()["status"] == "degraded"; }));
    const auto libvirt = health()["parts"]["libvirt"];
    BOOST_TEST(libvirt["message"] == "libvirt does not answer: gone on purpose");
    BOOST_TEST(std::string(libvirt["since"]).size() == std::string("2030-01-01T10:00:00Z").size());
    BOOST_TEST(client.get("/compute").status == 200); // degraded still serves
}

// Issue 11, 16: only the log knew why, and clients heard that libvirt had not answered yet.
BOOST_AUTO_TEST_CASE(says_what_could_not_be_listed) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    const std::string cause = "the networks cannot be told from each other";
    agent.host().fail_always("network.list", Error(Fault::conflict, cause));
    agent.host().lose("a moment");
    agent.host().come_back();
    BOOST_REQUIRE(support::eventually([&] {
        return health()["reasons"] == json::array({"libvirt answers, but not all can be listed: " + cause});
    }));
    BOOST_TEST(health()["parts"]["libvirt"]["status"] == "degraded");
    const auto refused = client.post("/compute", "<COMPUTE><NICS/></COMPUTE>");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.body.find(cause) != std::string::npos);
    BOOST_TEST(client.get("/compute/" + id).status == 200);
    agent.host().heal("network.list");
    BOOST_TEST(support::eventually([&] { return health()["status"] == "ready"; }));
}

BOOST_AUTO_TEST_CASE(says_why_the_pool_is_not_to_be_had) {
    const std::string cause = "the pool \"occi\" is in another folder";
    agent.host().fail_always("storage.list", Error(Fault::unavailable, cause));
    agent.host().lose("a moment");
    agent.host().come_back();
    BOOST_REQUIRE(support::eventually([&] { return health()["reasons"] == json::array({cause}); }));
    BOOST_TEST(health()["parts"]["pool"]["status"] == "degraded");
    BOOST_TEST(health()["parts"]["pool"]["message"] == cause);
    agent.host().heal("storage.list");
    BOOST_TEST(support::eventually([&] { return health()["status"] == "ready"; }));
}

BOOST_AUTO_TEST_CASE(says_what_the_hypervisor_complains_of) {
    agent.host().set_complaints({"machines of type kvm are not possible: load a module"});
    agent.host().lose("a moment");
    agent.host().come_back();
    BOOST_TEST(support::eventually([&] {
        return health()["parts"]["host"]["message"] == "machines of type kvm are not possible: load a module";
    }));
}

// Issue 11, 16: network, NIC and health were active and ready, and the failed start had no reason in the XML.
BOOST_AUTO_TEST_CASE(says_that_a_bridge_is_gone) {
    agent.host().set_bridges({"br0"});
    const auto network =
        client.post("/network", "<NETWORK><NAME>n</NAME><MODE>bridge</MODE><BRIDGE>br0</BRIDGE></NETWORK>")
            .id();
    const auto id = agent.compute("<COMPUTE><NICS><NIC><UUID>" + network + "</UUID></NIC></NICS></COMPUTE>");
    BOOST_TEST(health()["status"] == "ready");
    agent.host().set_bridges({});
    agent.inventory().reread_network(network);

    const std::string why = "the host has no bridge br0: make it again";
    BOOST_TEST(health()["reasons"] == json::array({"network " + network + ": " + why}));
    BOOST_TEST(health()["parts"]["networks"]["broken"] == json::array({network}));
    const auto entity = [&](const std::string& path) {
        return json::parse(client.send("GET", path, {}, {{"Accept", "application/json"}}).body);
    };
    const auto shown = entity("/network/" + network)["attributes"];
    BOOST_TEST(shown["occi.network.state"] == "error");
    BOOST_TEST(shown["occi.network.state.message"] == why);
    BOOST_TEST(support::element(client.get("/network/" + network).body, "MESSAGE") == why);
    const auto nic = entity("/compute/" + id)["links"][0]["attributes"];
    BOOST_TEST(nic["occi.networkinterface.state"] == "error");
    BOOST_TEST(nic["occi.networkinterface.state.message"] == "network " + network + ": " + why);

    const auto put = [&](const std::string& word) {
        return client.put("/compute/" + id, "<COMPUTE><STATE>" + word + "</STATE></COMPUTE>");
    };
    put("CANCEL");
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    const auto start = put("RESUME").id();
    BOOST_TEST(agent.operations().wait(start, std::chrono::seconds(20)));
    const auto message = support::element(client.get("/compute/" + id).body, "MESSAGE");
    BOOST_TEST(message == "start compute " + id + ": network " + network + " is not active");

    agent.host().set_bridges({"br0"});
    agent.inventory().reread_network(network);
    BOOST_TEST(health()["status"] == "ready");
}

BOOST_AUTO_TEST_CASE(says_that_a_network_was_stopped_by_others) {
    const auto network = agent.network();
    agent.host().network().stop(network, false); // by hand
    BOOST_TEST(support::eventually([&] {
        return health()["reasons"] ==
               json::array({"network " + network +
                            ": it is not active, and nobody took it down here: bring it up "
                            "(action up)"});
    }));
}

BOOST_AUTO_TEST_CASE(asks_the_hypervisor_nothing) {
    const bool quiet = support::eventually([&] {
        const auto before = agent.host().calls();
        health();
        return agent.host().calls() == before;
    });
    BOOST_TEST(quiet);
}

BOOST_DATA_TEST_CASE(takes_no_other_method, data::make({"POST", "PUT", "DELETE"}), method) {
    const auto answer = client.send(method, "/-/health");
    BOOST_TEST(answer.status == 405);
    BOOST_TEST(answer.header("Allow") == "GET, HEAD, OPTIONS");
}

BOOST_AUTO_TEST_SUITE_END()
