// Answers that do not wait for what they began, and where to ask how it goes.
#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <thread>
#include <tuple>

namespace data = boost::unit_test::data;

namespace {

using nlohmann::json;

struct Fixture : wire::Fixture {
    support::Answer send(const std::string& method, const std::string& path, const std::string& body = "") {
        return client.send(method, path, body, {{"Prefer", "respond-async"}});
    }
    // The operation that the answer leads to, when it has ended.
    json outcome(const support::Answer& answer) {
        BOOST_TEST(answer.status == 202);
        BOOST_TEST(answer.header("Preference-Applied") == "respond-async");
        const auto location = answer.header("Location");
        BOOST_REQUIRE_EQUAL(location, url("/-/operations/" + answer.id()));
        BOOST_REQUIRE(agent.operations().wait(answer.id(), std::chrono::seconds(10)));
        return json::parse(client.get("/-/operations/" + answer.id()).body);
    }
};

using Row = std::tuple<std::string, std::string>;
const std::vector<Row> creations = {
    {"compute", "<COMPUTE><NICS/></COMPUTE>"},
    {"network", "<NETWORK><NAME>n</NAME><ADDRESS>10.9.0.0</ADDRESS></NETWORK>"},
    {"storage", "<DISK><NAME>d</NAME><SIZE>1</SIZE></DISK>"}};

const std::vector<std::tuple<std::string, std::string, std::string>> not_allowed = {
    {"PUT", "/-/operations", "GET, HEAD, OPTIONS"},
    {"DELETE", "/-/operations", "GET, HEAD, OPTIONS"},
    {"PUT", "/-/operations/6695eb01-0000-4000-8000-000000000001", "GET, HEAD, DELETE, OPTIONS"},
    {"POST", "/-/operations/6695eb01-0000-4000-8000-000000000001", "GET, HEAD, DELETE, OPTIONS"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_async, Fixture)

BOOST_DATA_TEST_CASE(a_creation_and_a_removal_lead_to_their_operations, data::make(creations), kind, body) {
    const auto made = outcome(send("POST", "/" + kind, body));
    BOOST_TEST(made["kind"] == "create " + kind);
    BOOST_TEST(made["state"] == "done");
    BOOST_TEST(made["percentage"] == 100);
    BOOST_TEST(made["target"]["kind"] == kind);
    const std::string href = made["target"]["href"];
    BOOST_REQUIRE(href.starts_with(url()));
    const auto path = href.substr(url().size());
    BOOST_TEST(client.get(path).status == 200);
    BOOST_TEST(outcome(send("DELETE", path))["kind"] == "delete " + kind);
    BOOST_TEST(client.get(path).status == 404);
}

BOOST_AUTO_TEST_CASE(a_change_leads_to_its_operation_and_none_when_there_is_nothing_to_do) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    const auto stopped = send("PUT", "/compute/" + id, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>");
    BOOST_TEST(support::element(stopped.body, "ID") == id);
    BOOST_TEST(outcome(stopped)["target"]["id"] == id);
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    const auto nothing = send("PUT", "/compute/" + id, "<COMPUTE/>");
    BOOST_TEST(nothing.status == 200);
    BOOST_TEST(nothing.header("Preference-Applied").empty());
}

BOOST_AUTO_TEST_CASE(a_failure_is_found_in_the_operation) {
    agent.host().fail_next("network.create", Error(Fault::conflict, "taken on purpose"));
    const auto failed = outcome(send("POST", "/network", std::get<1>(creations[1])));
    BOOST_TEST(failed["state"] == "failed");
    BOOST_TEST(std::string(failed["message"]).find("taken on purpose") != std::string::npos);
    BOOST_TEST(failed.contains("ended"));
}

BOOST_AUTO_TEST_CASE(whoever_waits_is_told_the_failure_itself) {
    agent.host().fail_next("network.create", Error(Fault::conflict, "taken on purpose"));
    const auto answer = client.post("/network", std::get<1>(creations[1]));
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("taken on purpose") != std::string::npos);
    BOOST_TEST(answer.header("Vary").starts_with("Accept, User-Agent, "));
}

BOOST_AUTO_TEST_CASE(a_wait_ends_when_the_operation_is_cancelled) {
    BOOST_REQUIRE(support::eventually([&] { return agent.operations().under_way() == 0; }));
    agent.host().hold("network.create");
    support::Answer answer;
    std::jthread waiting([&] { answer = client.post("/network", std::get<1>(creations[1])); });
    BOOST_REQUIRE(agent.host().wait_until_held("network.create"));
    const auto listed = json::parse(client.get("/-/operations?limit=1").body);
    BOOST_TEST(listed.contains("next"));
    const std::string id = listed["operations"][0]["id"];
    const auto cancelled = client.remove("/-/operations/" + id);
    BOOST_TEST(cancelled.status == 202);
    BOOST_TEST(cancelled.header("Location") == url("/-/operations/" + id));
    BOOST_TEST(json::parse(cancelled.body)["id"] == id);
    agent.host().release("network.create");
    waiting.join();
    // The one step there is may have been the last: then it is done and nothing is left to cancel.
    BOOST_TEST((answer.status == 409 || answer.status == 201));
}

BOOST_AUTO_TEST_CASE(the_last_page_names_no_next) {
    BOOST_TEST(!json::parse(client.get("/-/operations").body).contains("next"));
    BOOST_TEST(json::parse(client.get("/-/operations?before=0").body)["operations"].empty());
}

BOOST_DATA_TEST_CASE(takes_no_other_method, data::make(not_allowed), method, path, allow) {
    const auto answer = client.send(method, path);
    BOOST_TEST(answer.status == 405);
    BOOST_TEST(answer.header("Allow") == allow);
}

BOOST_DATA_TEST_CASE(an_id_that_is_none_is_not_found, data::make({"x", "a%2Fb", "%3Cx%3E", "'%20OR%201=1"}),
                     id) {
    const auto path = "/-/operations/" + std::string(id);
    BOOST_TEST(client.get(path).status == 404);
    BOOST_TEST(client.remove(path).status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
