// Exactly once, where it is hard: clients that go away, agents that end, requests that wait for one another, URIs as
// keys.
#define BOOST_TEST_DYN_LINK
#include "tests/unit/http_peer.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <thread>

namespace data = boost::unit_test::data;

namespace {

const std::string own_id = "6695eb01-0000-4000-8000-00000000beef";
const std::string plain = "<COMPUTE><NICS/></COMPUTE>";

struct Fixture : wire::Fixture {
    support::Answer post(const std::string& path, const std::string& body, const std::string& key,
                         support::Headers more = {}) {
        more.emplace_back("Idempotency-Key", key);
        return client.send("POST", path, body, more);
    }
    support::Answer create_as(const std::string& id, const std::string& body, support::Headers more = {}) {
        more.emplace_back("If-None-Match", "*");
        return client.send("PUT", "/compute/" + id, body, more);
    }
    std::size_t count(const std::string& pool) {
        const auto body = client.get(pool).body;
        std::size_t hrefs = 0;
        for (auto at = body.find("href"); at != std::string::npos; at = body.find("href", at + 1)) ++hrefs;
        return hrefs;
    }
    static std::string network(int third) {
        return "<NETWORK><NAME>n</NAME><ADDRESS>10.9." + std::to_string(third) + ".0</ADDRESS></NETWORK>";
    }
    // A request that has begun its work and is not answered yet.
    wire::Peer begin(const std::string& path, const std::string& body, const std::string& key) {
        wire::Peer peer(http::parse_endpoint("127.0.0.1:" + std::to_string(client.port())));
        BOOST_REQUIRE(all_has_ended());
        peer.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: " + key +
                  "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        BOOST_REQUIRE(support::eventually([&] { return agent.operations().under_way() == 1; }));
        return peer;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_idempotency, Fixture)

BOOST_DATA_TEST_CASE(a_key_that_is_none_is_refused, data::make({"", "a b", "a\tb", "\xC3\xA9"}), key) {
    const auto answer = post("/compute", plain, key);
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(count("/compute") == 0U);
}

BOOST_AUTO_TEST_CASE(a_key_has_one_line_and_at_most_255_characters) {
    BOOST_TEST(post("/compute", plain, "a", {{"Idempotency-Key", "a"}}).status == 400);
    BOOST_TEST(post("/compute", plain, std::string(256, 'k')).status == 400);
    BOOST_TEST(post("/compute", plain, std::string(255, 'k')).status == 201);
}

BOOST_AUTO_TEST_CASE(the_first_answer_comes_again_to_the_letter) {
    const auto first = post("/storage", "<DISK><NAME>d</NAME><SIZE>1</SIZE></DISK>", "k");
    BOOST_REQUIRE_EQUAL(first.status, 201);
    BOOST_TEST(first.header("Idempotent-Replayed").empty());
    BOOST_TEST(client.remove("/storage/" + first.id()).status == 204);
    const auto again = post("/storage", "<DISK><NAME>d</NAME><SIZE>1</SIZE></DISK>", "k");
    BOOST_TEST(again.status == 201);
    BOOST_TEST(again.body == first.body);
    for (const auto* name : {"Location", "Content-Type", "Vary"})
        BOOST_TEST(again.header(name) == first.header(name));
    BOOST_TEST(again.header("Idempotent-Replayed") == "true");
    BOOST_TEST(count("/storage") == 0U);
}

BOOST_AUTO_TEST_CASE(a_key_belongs_to_one_pool_however_its_url_is_spelled) {
    const auto disk = "<DISK><NAME>d</NAME><SIZE>1</SIZE></DISK>";
    const auto made = post("/storage", disk, "k");
    BOOST_TEST(post("/storage/", disk, "k").id() == made.id());
    BOOST_TEST(post("/compute", plain, "k").status == 201);
    BOOST_TEST(count("/storage") == 1U);
}

BOOST_AUTO_TEST_CASE(another_content_type_or_query_is_another_request) {
    BOOST_TEST(post("/compute", plain, "k").status == 201);
    BOOST_TEST(post("/compute", plain, "k", {{"Content-Type", "text/xml"}}).status == 422);
    BOOST_TEST(post("/compute?occixml=b", plain, "k").status == 422);
}

BOOST_AUTO_TEST_CASE(a_request_waits_for_the_one_that_has_its_key_and_gets_the_same_answer) {
    agent.host().hold("network.create");
    support::Answer first, second;
    std::jthread one([&] { first = post("/network", network(1), "k"); });
    BOOST_REQUIRE(agent.host().wait_until_held("network.create"));
    std::jthread two([&] { second = post("/network", network(1), "k"); });
    BOOST_TEST(post("/network", network(2), "k").status == 422); // at once, also while it is pending
    agent.host().release("network.create");
    one.join();
    two.join();
    BOOST_TEST(first.status == 201);
    BOOST_TEST(second.status == 201);
    BOOST_TEST(first.header("Location") == second.header("Location"));
    BOOST_TEST((first.header("Idempotent-Replayed") == "true") !=
               (second.header("Idempotent-Replayed") == "true"));
    BOOST_TEST(agent.host().calls("network.create") == 2U); // one is the default network
}

BOOST_AUTO_TEST_CASE(a_crowd_with_one_key_makes_one_network_although_the_first_try_fails) {
    for (int i = 0; i < 5; ++i)
        agent.host().fail_next("network.create", Error(Fault::unavailable, "on purpose"));
    std::atomic<int> made = 0, unavailable = 0;
    {
        std::vector<std::jthread> crowd;
        for (int i = 0; i < 20; ++i)
            crowd.emplace_back([&] {
                const auto status = post("/network", network(1), "k").status;
                if (status == 201) ++made;
                if (status == 503) ++unavailable;
            });
    }
    BOOST_TEST(unavailable == 1); // the one whose try failed; another one did it then
    BOOST_TEST(made == 19);
    BOOST_TEST(count("/network") == 2U);
}

BOOST_AUTO_TEST_CASE(what_was_begun_for_a_client_that_went_away_is_answered_to_the_next_one) {
    agent.host().hold("network.create");
    begin("/network", network(1), "k").vanish();
    support::Answer answer;
    std::jthread next([&] { answer = post("/network", network(1), "k"); });
    agent.host().release("network.create");
    next.join();
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(count("/network") == 2U);
    BOOST_TEST(post("/network", network(1), "k").header("Location") == answer.header("Location"));
}

BOOST_AUTO_TEST_CASE(what_was_begun_before_the_agent_ended_is_answered_by_the_next_one) {
    agent.host().hold("network.create");
    auto first = begin("/network", network(1), "k");
    std::jthread opener([&] {
        first.rest(); // until the agent that ends has let it go
        agent.host().release("network.create");
    });
    agent.restart();
    opener.join();
    const auto again = post("/network", network(1), "k");
    BOOST_TEST(again.status == 201);
    BOOST_TEST(count("/network") == 2U);
    BOOST_TEST(post("/network", network(1), "k").header("Idempotent-Replayed") == "true");
}

BOOST_AUTO_TEST_CASE(what_was_made_is_not_made_again_although_the_next_agent_cannot_show_it_yet) {
    agent.host().hold("network.create");
    begin("/network", network(1), "k").vanish();
    agent.host().release("network.create");
    BOOST_REQUIRE(all_has_ended());
    agent.restart_blind();
    BOOST_TEST(post("/network", network(1), "k").status == 503);
    agent.host().come_back();
    BOOST_REQUIRE(
        agent.inventory().wait([](const auto& seen) { return seen.complete; }, std::chrono::seconds(10)));
    BOOST_TEST(post("/network", network(1), "k").status == 201);
    BOOST_TEST(count("/network") == 2U);
}

BOOST_AUTO_TEST_CASE(a_failure_that_nobody_was_told_is_told_to_the_next_one) {
    agent.host().hold("network.create");
    agent.host().fail_next("network.create", Error(Fault::conflict, "taken by somebody on purpose"));
    begin("/network", network(1), "k").vanish();
    agent.host().release("network.create");
    BOOST_REQUIRE(all_has_ended());
    const auto answer = post("/network", network(1), "k");
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("taken by somebody on purpose") != std::string::npos);
    BOOST_TEST(post("/network", network(1), "k").status == 201); // 409 is not final
}

BOOST_AUTO_TEST_CASE(an_answer_that_does_not_wait_is_remembered_as_it_was) {
    const auto first = post("/compute", plain, "k", {{"Prefer", "wait=5, respond-async;x=y"}});
    BOOST_TEST(first.status == 202);
    BOOST_TEST(first.header("Preference-Applied") == "respond-async");
    BOOST_TEST(first.header("Location").find("/-/operations/") != std::string::npos);
    const auto again = post("/compute", plain, "k");
    BOOST_TEST(again.status == 202);
    BOOST_TEST(again.header("Location") == first.header("Location"));
}

// ---- PUT with If-None-Match: * ----

BOOST_DATA_TEST_CASE(an_id_of_the_clients_own_is_a_uuid_in_lower_case,
                     data::make({"x", "6695EB01-0000-4000-8000-00000000BEEF", "6695eb01", "%2e%2e"}), id) {
    BOOST_TEST(create_as(id, plain).status == 400);
    BOOST_TEST(count("/compute") == 0U);
}

BOOST_AUTO_TEST_CASE(the_machine_gets_the_id_and_the_url_that_the_client_has_chosen) {
    const auto made = create_as(own_id, "<COMPUTE><NAME>mine</NAME><NICS/></COMPUTE>");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.id() == own_id);
    BOOST_TEST(agent.becomes(own_id, "ACTIVE"));
    BOOST_TEST(agent.host().compute().find(own_id)->spec.title == "mine");
}

BOOST_AUTO_TEST_CASE(the_same_put_again_is_answered_as_before_with_and_without_a_key) {
    const support::Headers key = {{"Idempotency-Key", "k"}};
    BOOST_TEST(create_as(own_id, plain).status == 201);
    BOOST_TEST(create_as(own_id, plain).header("Idempotent-Replayed") == "true");
    BOOST_TEST(create_as(own_id, plain, key).status == 412); // another request, by its key
    const auto other = "6695eb01-0000-4000-8000-00000000cafe";
    BOOST_TEST(create_as(other, plain, key).status == 201);
    BOOST_TEST(create_as(other, plain, key).header("Idempotent-Replayed") == "true");
    BOOST_TEST(create_as(other, plain).status == 412);
    BOOST_TEST(count("/compute") == 2U);
}

BOOST_AUTO_TEST_CASE(a_refused_document_can_be_mended_and_a_removed_machine_made_again) {
    BOOST_TEST(create_as(own_id, "<COMPUTE><TYPE>huge</TYPE></COMPUTE>").status == 400);
    BOOST_TEST(create_as(own_id, plain).status == 201);
    BOOST_REQUIRE(agent.becomes(own_id, "ACTIVE"));
    BOOST_TEST(client.remove("/compute/" + own_id).status == 204);
    const auto again = create_as(own_id, plain);
    BOOST_TEST(again.status == 201);
    BOOST_TEST(again.header("Idempotent-Replayed").empty());
    BOOST_REQUIRE(agent.becomes(own_id, "ACTIVE"));
    BOOST_TEST(client.remove("/compute/" + own_id).status == 204);
    BOOST_TEST(create_as(own_id, "<COMPUTE><NAME>other</NAME><NICS/></COMPUTE>").status == 201);
}

BOOST_AUTO_TEST_CASE(many_puts_of_one_id_under_different_keys_make_one_machine) {
    std::atomic<int> made = 0, refused = 0;
    {
        std::vector<std::jthread> crowd;
        for (int i = 0; i < 16; ++i)
            crowd.emplace_back([&, i] {
                const auto status = create_as(own_id, plain, {{"Idempotency-Key", std::to_string(i)}}).status;
                if (status == 201) ++made;
                if (status == 412) ++refused;
            });
    }
    BOOST_TEST(made == 1);
    BOOST_TEST(refused == 15);
    BOOST_TEST(agent.becomes(own_id, "ACTIVE"));
    BOOST_TEST(agent.host().calls("compute.define") == 1U);
}

BOOST_AUTO_TEST_CASE(a_put_without_the_condition_makes_nothing) {
    BOOST_TEST(client.put("/compute/" + own_id, plain).status == 404);
    BOOST_TEST(create_as(own_id, plain, {{"If-Match", "*"}}).status == 404);
    BOOST_TEST(count("/compute") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
