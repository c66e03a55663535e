#define BOOST_TEST_DYN_LINK
// The first moments of an agent, while the network is being made that computes get which name none.
#include "agent/base/error.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <string>

using nlohmann::json;

namespace {

const std::string being_made =
    "the default network occi-default is being made: computes that name no network wait for it";

struct Fixture : wire::Fixture {
    // The agent begins anew, and no default network is there.
    void begin_without(const std::function<void()>& before_it_is_made) {
        const auto network = ids("/network/").front();
        BOOST_REQUIRE_EQUAL(client.remove("/network/" + network).status, 204);
        agent.restart_blind();
        before_it_is_made();
        agent.host().come_back();
    }
    bool is_ready() const { return health()["status"] == "ready"; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_default_network, Fixture)

BOOST_AUTO_TEST_CASE(a_compute_waits_for_it_and_health_says_so) {
    begin_without([&] { agent.host().hold("network.create"); });
    BOOST_REQUIRE(agent.host().wait_until_held("network.create"));
    BOOST_TEST(health()["reasons"] == json::array({being_made}));
    const auto made = client.post("/compute", "<COMPUTE><NAME>web</NAME></COMPUTE>");
    BOOST_REQUIRE_EQUAL(made.status, 201);
    BOOST_TEST(support::element(made.body, "STATE") == "PENDING");
    BOOST_TEST(!support::element(made.body, "IP").empty());
    BOOST_TEST(agent.operations().under_way() == 2U);
    agent.host().release("network.create");
    BOOST_TEST(agent.becomes(made.id(), "ACTIVE"));
    BOOST_TEST(support::eventually([&] { return is_ready(); }));
    const auto network = ids("/network/").front();
    BOOST_TEST(agent.host().network().find(network)->reservations.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_compute_that_came_before_it_was_asked_for_waits_too) {
    // As if libvirt had not yet said anything.
    agent.host().hold("compute.list");
    begin_without([] {});
    BOOST_REQUIRE(agent.host().wait_until_held("compute.list"));
    auto answer = std::async(std::launch::async,
                             [&] { return client.post("/compute", "<COMPUTE><NAME>web</NAME></COMPUTE>"); });
    BOOST_TEST(health()["status"] == "degraded"); // meanwhile all else is answered
    agent.host().release("compute.list");
    const auto made = answer.get();
    BOOST_TEST(made.status == 201, made.body);
    BOOST_TEST(agent.becomes(made.id(), "ACTIVE"));
}

BOOST_AUTO_TEST_CASE(a_compute_fails_with_the_reason_when_it_cannot_be_made_and_the_next_one_is_refused) {
    begin_without([&] { agent.host().hold("network.create"); });
    BOOST_REQUIRE(agent.host().wait_until_held("network.create"));
    agent.host().fail_next("network.create", Error(Fault::conflict, "no bridge is left"));
    const auto made = client.post("/compute", "<COMPUTE><NAME>web</NAME></COMPUTE>");
    BOOST_REQUIRE_EQUAL(made.status, 201);
    agent.host().release("network.create");
    BOOST_REQUIRE(agent.becomes(made.id(), "FAILED"));
    const auto message = value("/compute/" + made.id(), "occi.compute.state.message").get<std::string>();
    BOOST_TEST(support::has(message, "the default network occi-default cannot be made: no bridge is left"));
    const auto refused = client.post("/compute", "<COMPUTE><NAME>web</NAME></COMPUTE>");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(support::has(refused.body, "no bridge is left"));
    BOOST_TEST(client.post("/compute", "<COMPUTE><NICS/></COMPUTE>").status == 201);
    BOOST_TEST(!is_ready());
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_libvirt_that_is_known_to_be_away) {
    agent.restart_blind();
    BOOST_REQUIRE(support::eventually([&] { return !agent.inventory().now()->why_lost.empty(); }));
    const auto refused = client.post("/compute", "<COMPUTE><NAME>web</NAME></COMPUTE>");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(support::has(refused.body, "libvirt has not answered yet: on purpose"));
    agent.host().come_back();
    BOOST_TEST(support::eventually([&] { return is_ready(); }));
}

BOOST_AUTO_TEST_CASE(one_that_a_client_has_deleted_stays_away_and_health_says_so) {
    const auto network = ids("/network/").front();
    BOOST_REQUIRE_EQUAL(client.remove("/network/" + network).status, 204);
    const auto began = std::chrono::steady_clock::now();
    const auto refused = client.post("/compute", "<COMPUTE><NAME>web</NAME></COMPUTE>");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(support::has(refused.body, "a client has deleted it"));
    BOOST_TEST(support::has(refused.body, "name a network"));
    BOOST_TEST(support::has(health().dump(), "a client has deleted it"));
    BOOST_TEST((std::chrono::steady_clock::now() - began < std::chrono::seconds(5)));
}

BOOST_AUTO_TEST_CASE(comes_back_as_it_was_when_others_have_taken_it_away) {
    const auto id = ids("/network/").front();
    const auto before = agent.host().network().find(id);
    const auto compute = agent.compute("<COMPUTE><NAME>web</NAME></COMPUTE>");
    const auto reserved = agent.host().network().find(id)->reservations;
    BOOST_REQUIRE_EQUAL(reserved.size(), 1U);
    agent.host().vanish(id);
    BOOST_REQUIRE(support::eventually([&] { return agent.host().network().find(id).has_value(); }));
    const auto after = agent.host().network().find(id);
    BOOST_TEST((after->block == before->block));
    BOOST_TEST((after->reservations == reserved));
    BOOST_TEST(support::eventually([&] { return is_ready(); }));
    agent.compute("<COMPUTE><NAME>another</NAME></COMPUTE>");
    BOOST_TEST(ids("/network/").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_compute_waits_for_one_that_comes_back_and_health_says_so) {
    const auto id = ids("/network/").front();
    agent.host().hold("network.create");
    agent.host().vanish(id);
    BOOST_REQUIRE(agent.host().wait_until_held("network.create"));
    BOOST_TEST(health()["reasons"] == json::array({being_made}));
    const auto made = client.post("/compute", "<COMPUTE><NAME>web</NAME></COMPUTE>");
    BOOST_TEST(made.status == 201, made.body);
    agent.host().release("network.create");
    BOOST_TEST(agent.becomes(made.id(), "ACTIVE"));
    BOOST_TEST(support::eventually([&] { return is_ready(); }));
}

BOOST_AUTO_TEST_CASE(is_not_made_again_at_once_when_others_take_it_away_again_and_again) {
    const auto id = ids("/network/").front();
    agent.host().vanish(id);
    BOOST_REQUIRE(support::eventually([&] { return agent.host().network().find(id) && is_ready(); }));
    agent.host().vanish(id);
    const std::string why = "others have taken it away again and again";
    BOOST_TEST(support::eventually([&] { return support::has(health().dump(), why); }));
    BOOST_TEST(!agent.host().network().find(id));
    const auto refused = client.post("/compute", "<COMPUTE><NAME>web</NAME></COMPUTE>");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(support::has(refused.body, why));
}

BOOST_AUTO_TEST_CASE(stays_the_network_of_its_computes_when_it_cannot_come_back) {
    const auto id = ids("/network/").front();
    agent.compute("<COMPUTE><NAME>web</NAME></COMPUTE>");
    agent.fail_for_good("network.create", Error(Fault::conflict, "no bridge is left"));
    agent.host().vanish(id);
    BOOST_TEST(support::eventually([&] { return support::has(health().dump(), "no bridge is left"); }));
    BOOST_TEST(support::eventually([&] { return value("/network/" + id, "occi.network.state") == "error"; }));
}

BOOST_AUTO_TEST_CASE(one_that_others_have_stopped_stays_so_and_health_says_how_to_start_it) {
    const auto id = ids("/network/").front();
    agent.host().stop_network(id);
    BOOST_TEST(support::eventually([&] { return support::has(health().dump(), "bring it up (action up)"); }));
    const auto refused = client.post("/compute", "<COMPUTE><NAME>web</NAME></COMPUTE>");
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(support::has(refused.body, "bring it up (action up)"), refused.body);
    BOOST_TEST(!agent.host().network().find(id)->active);
}

BOOST_AUTO_TEST_CASE(one_of_others_that_is_not_active_is_refused_with_the_way_to_start_it) {
    begin_without([&] { agent.host().stop_network(agent.host().add_foreign_network("occi-default")); });
    BOOST_REQUIRE(support::eventually([&] { return is_ready(); }));
    const auto refused = client.post("/compute", "<COMPUTE><NAME>web</NAME></COMPUTE>");
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(
        support::has(refused.body, "start it with virsh net-start 'occi-default', or name another one"),
        refused.body);
}

BOOST_AUTO_TEST_SUITE_END()
