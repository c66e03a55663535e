#define BOOST_TEST_DYN_LINK
#include "tests/support/agent_under_test.hh"
#include "tests/support/eventually.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace data = boost::unit_test::data;

namespace {

using nlohmann::json;

struct Fixture {
    support::AgentUnderTest agent;
    const support::Client& client = agent.client();

    json health() { return json::parse(client.get("/-/health").body); }
};

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
    for (const auto* part : {"libvirt", "store", "computes", "operations", "events"})
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
