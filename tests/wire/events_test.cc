// What happened, over HTTP: /-/events as lines and as a stream, /-/health; and ETags.
#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <thread>

namespace {

using nlohmann::json;

struct Fixture : wire::Fixture {
    std::string last() { return client.get("/-/events?limit=1000").header("x-last-event"); }
    bool told(const std::string& id, const std::string& what) {
        return support::eventually([&] {
            return client.get("/-/events").body.find("\"id\":\"" + id + "\"") != std::string::npos &&
                   client.get("/-/events").body.find("\"what\":\"" + what + "\"") != std::string::npos;
        });
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_events, Fixture)

BOOST_AUTO_TEST_CASE(tell_the_life_of_a_machine) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    agent.host().guest_powers_off(id);
    BOOST_TEST(told(id, "stopped"));
    BOOST_TEST(client.get("/-/events").body.find("shut down by the guest") != std::string::npos);
    client.remove("/compute/" + id);
    BOOST_TEST(told(id, "deleted"));
}

BOOST_AUTO_TEST_CASE(are_numbered_and_kept_over_a_restart) {
    agent.compute("<COMPUTE><NICS/></COMPUTE>");
    agent.restart();
    std::uint64_t expected = 0;
    const auto body = client.get("/-/events").body;
    for (std::size_t at = 0; at < body.size();) {
        const auto end = body.find('\n', at);
        BOOST_TEST(json::parse(body.substr(at, end - at))["number"] == ++expected);
        at = end + 1;
    }
    BOOST_TEST(expected > 5U);
}

BOOST_AUTO_TEST_CASE(are_waited_for) {
    const auto since = last();
    std::string body;
    std::jthread reader([&] { body = client.get("/-/events?wait=30&since=" + since).body; });
    agent.compute("<COMPUTE><NICS/></COMPUTE>");
    reader.join();
    BOOST_TEST(body.find("\"number\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refuse_numbers_that_are_none_and_those_to_come) {
    for (const auto* query :
         {"since=x", "since=-1", "wait=61", "limit=0", "since=1&since=1", "since=99999999"})
        BOOST_TEST(client.get(std::string("/-/events?") + query).status == 400);
    BOOST_TEST(client.post("/-/events", "x").status == 405);
}

BOOST_AUTO_TEST_CASE(stream_from_the_last_that_was_seen) {
    agent.compute("<COMPUTE><NICS/></COMPUTE>");
    const auto answer = [&] {
        // Read until the server has said enough; it never ends by itself.
        support::Client quick(client.port());
        std::string seen;
        try {
            seen = quick
                       .raw("GET /-/events HTTP/1.0\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                            "Last-Event-ID: 99999999\r\n\r\n")
                       .body;
        } catch (const std::runtime_error&) {
        }
        return seen;
    }();
    BOOST_TEST(answer.find("there is no event 99999999 yet") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(health_says_what_is_wrong) {
    BOOST_TEST(json::parse(client.get("/-/health").body)["status"] == "ready");
    agent.host().lose("gone on purpose");
    BOOST_TEST(
        agent.inventory().wait([](const auto& seen) { return !seen.connected; }, std::chrono::seconds(10)));
    const auto health = json::parse(client.get("/-/health").body);
    BOOST_TEST(health["status"] == "degraded");
    BOOST_TEST(std::string(health["parts"]["libvirt"]["message"]).find("gone on purpose") !=
               std::string::npos);
    BOOST_TEST(health["reasons"].size() == 1U);
    agent.host().come_back();
    BOOST_TEST(
        support::eventually([&] { return json::parse(client.get("/-/health").body)["status"] == "ready"; }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(wire_conditions, Fixture)

BOOST_AUTO_TEST_CASE(what_a_client_has_already_is_not_sent_again) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    for (const auto& path :
         {"/compute/" + id, std::string("/compute"), std::string("/network"), std::string("/storage")}) {
        const auto tag = client.get(path).header("etag");
        BOOST_TEST(!tag.empty());
        const auto again = client.send("GET", path, {}, {{"If-None-Match", "\"x\", " + tag}});
        BOOST_TEST(again.status == 304);
        BOOST_TEST(again.body.empty());
        BOOST_TEST(again.header("etag") == tag);
        BOOST_TEST(client.send("GET", path, {}, {{"If-None-Match", "\"x\""}}).status == 200);
        BOOST_TEST(client.send("GET", path, {}, {{"If-None-Match", "x"}}).status == 400);
    }
    BOOST_TEST(!client.get("/compute/" + id).header("age").empty());
}

BOOST_AUTO_TEST_CASE(of_two_writers_that_read_the_same_the_second_is_refused) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    BOOST_REQUIRE(agent.becomes(id, "ACTIVE"));
    BOOST_REQUIRE(support::eventually([&] { return agent.operations().under_way() == 0; }));
    const auto tag = client.get("/compute/" + id).header("etag");
    const auto rename = [&](const std::string& name) {
        return client
            .send("PUT", "/compute/" + id, "<COMPUTE><NAME>" + name + "</NAME></COMPUTE>",
                  {{"If-Match", tag}})
            .status;
    };
    BOOST_TEST(rename("one") == 202);
    BOOST_TEST(rename("two") == 412);
    BOOST_TEST(client.send("DELETE", "/compute/" + id, {}, {{"If-Match", "\"other\""}}).status == 412);
    BOOST_TEST(client.send("DELETE", "/compute/" + id, {}, {{"If-Match", "*"}}).status == 204);
}

BOOST_AUTO_TEST_CASE(the_tag_of_a_machine_changes_only_when_the_machine_does) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    BOOST_REQUIRE(agent.becomes(id, "ACTIVE"));
    BOOST_REQUIRE(support::eventually([&] { return agent.operations().under_way() == 0; }));
    const auto tag = client.get("/compute/" + id).header("etag");
    agent.restart();
    BOOST_TEST(client.get("/compute/" + id).header("etag") == tag);
    agent.host().guest_powers_off(id);
    BOOST_TEST(support::eventually([&] { return client.get("/compute/" + id).header("etag") != tag; }));
}

BOOST_AUTO_TEST_SUITE_END()
