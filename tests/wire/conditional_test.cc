// Conditional requests beyond the ordinary: every header that is malformed, every kind of entity, removals, dialects.
#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <thread>

namespace data = boost::unit_test::data;

namespace {

struct Fixture : wire::Fixture {
    std::string compute() {
        const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
        BOOST_REQUIRE(all_has_ended());
        return id;
    }
    std::string storage() {
        return client.post("/storage", "<DISK><NAME>d</NAME><SIZE>1</SIZE></DISK>").id();
    }
    support::Answer rename(const std::string& id, const std::string& name, const support::Headers& headers) {
        return client.send("PUT", "/compute/" + id, "<COMPUTE><NAME>" + name + "</NAME></COMPUTE>", headers);
    }
};

const std::vector<std::string> malformed = {
    "",         "x", "\"open",  "W/",       "w/\"a\"", "\"a\" \"b\"", "\"a\",b",
    "*, \"a\"", ",", "\"a b\"", "\"a\tb\"", "W/*",     "\"a\"x"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_conditional, Fixture)

BOOST_DATA_TEST_CASE(a_malformed_list_of_tags_is_refused, data::make(malformed), list) {
    const auto id = storage();
    BOOST_TEST(get("/storage/" + id, {{"If-None-Match", list}}).status == 400);
    BOOST_TEST(get("/storage", {{"If-None-Match", list}}).status == 400);
    BOOST_TEST(client.send("DELETE", "/storage/" + id, {}, {{"If-Match", list}}).status == 400);
    BOOST_TEST(client.send("DELETE", "/storage/" + id, {}, {{"If-None-Match", list}}).status == 400);
    BOOST_TEST(client.get("/storage/" + id).status == 200);
}

BOOST_AUTO_TEST_CASE(a_weak_tag_a_star_and_a_second_line_are_enough_to_have_it_already) {
    const auto path = "/storage/" + storage();
    const auto tag = client.get(path).header("ETag");
    BOOST_TEST(tag.size() == 32 + 6U);
    BOOST_TEST(tag.ends_with("-xml\""));
    BOOST_TEST(get(path, {{"If-None-Match", "W/" + tag}}).status == 304);
    BOOST_TEST(get(path, {{"If-None-Match", "*"}}).status == 304);
    BOOST_TEST(get(path, {{"If-None-Match", "\"x\",, W/\"y\""}, {"If-None-Match", tag}}).status == 304);
    const auto head = client.send("HEAD", path, {}, {{"If-None-Match", tag}});
    BOOST_TEST(head.status == 304);
    BOOST_TEST(head.header("ETag") == tag);
    BOOST_TEST(head.header("Vary").starts_with("Accept, User-Agent, "));
    BOOST_TEST(!head.header("Age").empty());
}

BOOST_AUTO_TEST_CASE(two_dialects_at_one_url_have_tags_of_their_own) {
    const auto id = compute();
    const support::Headers libcloud = {{"User-Agent", "libcloud/3.4.1 (OpenNebula (v1.4)) "}};
    const auto ours = client.get("/compute/" + id).header("ETag");
    const auto theirs = get("/compute/" + id, libcloud).header("ETag");
    BOOST_TEST(ours != theirs);
    BOOST_TEST(ours.substr(0, 33) == theirs.substr(0, 33));
    auto with_ours = libcloud;
    with_ours.emplace_back("If-None-Match", ours);
    BOOST_TEST(get("/compute/" + id, with_ours).status == 200);
    BOOST_TEST(rename(id, "new", {{"If-Match", theirs}}).status == 202); // it is the same machine
}

BOOST_AUTO_TEST_CASE(a_pool_has_another_tag_when_something_comes_or_goes) {
    const auto before = client.get("/storage").header("ETag");
    const auto id = storage();
    const auto with_it = client.get("/storage").header("ETag");
    BOOST_TEST(with_it != before);
    BOOST_TEST(client.remove("/storage/" + id).status == 204);
    BOOST_TEST(client.get("/storage").header("ETag") == before);
}

BOOST_AUTO_TEST_CASE(a_change_is_made_when_the_tag_is_among_those_named) {
    const auto id = compute();
    const auto tag = client.get("/compute/" + id).header("ETag");
    BOOST_TEST(rename(id, "a", {{"If-Match", "\"x\", \"y\""}}).status == 412);
    BOOST_TEST(rename(id, "a", {{"If-Match", "W/" + tag}}).status ==
               412); // weak tags never match for a change
    BOOST_TEST(rename(id, "a", {{"If-None-Match", tag}}).status == 412);
    BOOST_TEST(client.get("/compute/" + id).header("ETag") == tag);
    BOOST_TEST(rename(id, "a", {{"If-Match", "\"x\", " + tag}, {"If-None-Match", "\"x\""}}).status == 202);
    BOOST_REQUIRE(all_has_ended());
    BOOST_TEST(support::element(client.get("/compute/" + id).body, "NAME") == "a");
}

BOOST_AUTO_TEST_CASE(a_condition_holds_for_what_would_change_nothing_too) {
    const auto id = compute();
    BOOST_TEST(client.send("PUT", "/compute/" + id, "<COMPUTE/>", {{"If-Match", "\"x\""}}).status == 412);
}

BOOST_AUTO_TEST_CASE(each_kind_is_removed_under_its_own_tag_and_no_other) {
    for (const auto& path :
         {"/compute/" + compute(), "/storage/" + storage(), "/network/" + agent.network()}) {
        BOOST_REQUIRE(all_has_ended());
        const auto tag = client.get(path).header("ETag");
        BOOST_TEST(client.send("DELETE", path, {}, {{"If-Match", "\"x\""}}).status == 412);
        BOOST_TEST(client.send("DELETE", path, {}, {{"If-None-Match", "*"}}).status == 412);
        BOOST_TEST(client.get(path).header("ETag") == tag);
        BOOST_TEST(client.send("DELETE", path, {}, {{"If-Match", tag}}).status == 204);
        BOOST_TEST(client.send("DELETE", path, {}, {{"If-Match", tag}}).status == 404);
    }
}

BOOST_AUTO_TEST_CASE(a_removal_does_not_overtake_a_change_that_was_made_under_the_same_tag) {
    const auto id = compute();
    const auto tag = client.get("/compute/" + id).header("ETag");
    agent.host().hold("compute.revise");
    BOOST_TEST(rename(id, "new", {{"If-Match", tag}}).status == 202);
    BOOST_REQUIRE(agent.host().wait_until_held("compute.revise"));
    const auto refused = client.send("DELETE", "/compute/" + id, {}, {{"If-Match", tag}});
    BOOST_TEST(refused.status == 412);
    BOOST_TEST(refused.body.find("\"update compute\"") != std::string::npos);
    agent.host().release("compute.revise");
    BOOST_REQUIRE(all_has_ended());
    BOOST_TEST(support::element(client.get("/compute/" + id).body, "NAME") == "new");
}

BOOST_AUTO_TEST_CASE(of_many_writers_with_one_tag_one_wins) {
    const auto id = compute();
    const auto tag = client.get("/compute/" + id).header("ETag");
    agent.host().hold("compute.revise"); // so that none has ended before the last one asks
    std::atomic<int> won = 0, refused = 0;
    {
        std::vector<std::jthread> writers;
        for (int i = 0; i < 16; ++i)
            writers.emplace_back([&, i] {
                const auto status = rename(id, "n" + std::to_string(i), {{"If-Match", tag}}).status;
                if (status == 202) ++won;
                if (status == 412) ++refused;
            });
    }
    agent.host().release("compute.revise");
    BOOST_TEST(won == 1);
    BOOST_TEST(refused == 15);
}

BOOST_AUTO_TEST_CASE(the_age_is_in_whole_seconds_and_grows_while_the_hypervisor_is_away) {
    const auto id = compute();
    agent.host().lose("on purpose");
    BOOST_TEST(client.get("/compute/" + id).header("Age") == "0");
    BOOST_TEST(support::eventually([&] { return client.get("/compute/" + id).header("Age") != "0"; }));
    agent.host().come_back();
    BOOST_TEST(support::eventually([&] { return client.get("/compute/" + id).header("Age") == "0"; }));
}

BOOST_AUTO_TEST_SUITE_END()
