// What is under way, over HTTP: /-/operations, answers that do not wait, and requests that must be done once.
#define BOOST_TEST_DYN_LINK
#include "agent/base/guarded.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

using nlohmann::json;

struct Fixture : wire::Fixture {
    json operations(const std::string& query = "") {
        return json::parse(client.get("/-/operations" + query).body)["operations"];
    }
    json wait_for(const std::string& id) {
        BOOST_REQUIRE(agent.operations().wait(id, std::chrono::seconds(10)));
        return json::parse(client.get("/-/operations/" + id).body);
    }
    std::size_t machines() { return agent.host().compute().list().size(); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_operations, Fixture)

BOOST_AUTO_TEST_CASE(show_who_asked_for_what_and_how_it_ended) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    const auto newest = operations()[0];
    BOOST_TEST(newest["kind"] == "create compute");
    BOOST_TEST(newest["target"]["id"] == id);
    BOOST_TEST(newest["owner"] == "local");
    const auto ended = wait_for(newest["id"]);
    BOOST_TEST(ended["state"] == "done");
    BOOST_TEST(ended["percentage"] == 100);
    BOOST_TEST(ended.contains("ended"));
    BOOST_TEST(!ended.contains("plan"));
    BOOST_TEST(!ended.contains("key"));
}

BOOST_AUTO_TEST_CASE(come_in_pages) {
    for (int i = 0; i < 3; ++i) agent.compute("<COMPUTE><NICS/></COMPUTE>");
    const auto first = json::parse(client.get("/-/operations?limit=2").body);
    BOOST_TEST(first["operations"].size() == 2U);
    const std::string next = first["next"];
    const auto second = json::parse(client.get(next.substr(next.find("/-/"))).body);
    BOOST_TEST(second["operations"][0]["number"] < first["operations"][1]["number"]);
    for (const auto* query : {"?limit=0", "?limit=1001", "?limit=x", "?before=-1", "?limit=1&limit=2"})
        BOOST_TEST(client.get(std::string("/-/operations") + query).status == 400);
    BOOST_TEST(client.post("/-/operations", "x").status == 405);
}

BOOST_AUTO_TEST_CASE(are_cancelled_at_the_next_step_and_leave_nothing) {
    const auto image = agent.image();
    agent.host().hold("storage.clone");
    const auto made = client.send("POST", "/compute",
                                  "<COMPUTE><DISKS><DISK image=\"" + image + "\"/></DISKS><NICS/></COMPUTE>",
                                  {{"Prefer", "respond-async"}});
    BOOST_TEST(made.status == 202);
    BOOST_TEST(made.header("preference-applied") == "respond-async");
    BOOST_REQUIRE(agent.host().wait_until_held("storage.clone"));
    const auto operation = made.id();
    BOOST_TEST(client.remove("/-/operations/" + operation).status == 202);
    agent.host().release("storage.clone");
    BOOST_TEST(wait_for(operation)["state"] == "cancelled");
    BOOST_TEST(machines() == 0U);
    BOOST_TEST(agent.host().storage().list().size() == 1U);
    BOOST_TEST(client.get("/compute").body == "<COMPUTES/>");
    BOOST_TEST(client.remove("/-/operations/" + operation).status == 409);
    BOOST_TEST(client.remove("/-/operations/nothing").status == 404);
    BOOST_TEST(client.get("/-/operations/nothing").status == 404);
}

BOOST_AUTO_TEST_CASE(that_wait_hold_no_worker) {
    agent.host().hold("network.create");
    std::vector<std::jthread> crowd;
    for (int i = 0; i < 20; ++i)
        crowd.emplace_back([&, i] {
            client.post("/network", "<NETWORK><NAME>x</NAME><ADDRESS>10.2." + std::to_string(i) +
                                        ".0</ADDRESS></NETWORK>");
        });
    BOOST_REQUIRE(agent.host().wait_until_held("network.create"));
    BOOST_TEST(support::eventually([&] { return agent.operations().under_way() == 20; }));
    BOOST_TEST(client.get("/compute").status == 200);
    agent.host().release("network.create");
}

BOOST_AUTO_TEST_CASE(say_who_holds_a_machine_when_too_much_is_asked_of_it) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    agent.host().hold("compute.suspend");
    int refused = 0;
    std::string sentence;
    for (int i = 0; i < 200; ++i) {
        const auto answer = client.put("/compute/" + id, "<COMPUTE><STATE>SUSPENDED</STATE></COMPUTE>");
        if (answer.status != 503) continue;
        ++refused;
        BOOST_TEST(!answer.header("retry-after").empty());
        sentence = answer.body;
    }
    BOOST_TEST(refused >= 190);
    BOOST_TEST(sentence.find("\"suspend compute\" of local is under way on compute " + id) !=
               std::string::npos);
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>").status == 202);
    agent.host().release("compute.suspend");
    BOOST_TEST(agent.becomes(id, "STOPPED"));
}

BOOST_AUTO_TEST_CASE(on_a_machine_that_does_not_react_are_refused_but_for_forcing_it_off) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    agent.host().set_stuck(id, "monitor silent since then");
    BOOST_TEST(support::eventually(
        [&] { return client.get("/-/health").body.find("degraded") != std::string::npos; }));
    const auto refused = client.put("/compute/" + id, "<COMPUTE><STATE>SUSPENDED</STATE></COMPUTE>");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.body.find("monitor silent") != std::string::npos);
    BOOST_TEST(client.get("/compute/" + id).body.find("<CONDITION>stuck</CONDITION>") != std::string::npos);
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>").status == 202);
    BOOST_TEST(agent.becomes(id, "STOPPED"));
}

BOOST_AUTO_TEST_CASE(attach_and_detach_disks_by_naming_those_that_are_wanted) {
    const auto image = agent.image();
    const auto disk = "<DISK image=\"" + image + "\"/>";
    const auto id = agent.compute("<COMPUTE><DISKS>" + disk + "</DISKS><NICS/></COMPUTE>");
    const auto put = [&](const std::string& disks) {
        return client.put("/compute/" + id, "<COMPUTE><DISKS>" + disks + "</DISKS></COMPUTE>").status;
    };
    BOOST_TEST(put(disk) == 200);
    BOOST_TEST(put(disk + "<SWAP size=\"8\"/>") == 202);
    BOOST_TEST(support::eventually([&] {
        return client.get("/compute/" + id).body.find("<SWAP size=\"8\" dev=\"vdb\"/>") != std::string::npos;
    }));
    BOOST_TEST(agent.host().storage().list().size() == 3U);
    BOOST_TEST(put("<SWAP size=\"8\"/>") == 403);
    BOOST_TEST(put(disk) == 202);
    BOOST_TEST(support::eventually([&] { return agent.host().storage().list().size() == 2U; }));
    BOOST_TEST(support::eventually(
        [&] { return client.get("/compute/" + id).body.find("<SWAP") == std::string::npos; }));
}

// A matter of chance: found by tests/wire/random_test.cc.
BOOST_AUTO_TEST_CASE(are_told_to_who_asked_also_when_the_machine_is_deleted_meanwhile) {
    for (int round = 0; round < 150; ++round) {
        const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
        Guarded<std::set<std::string>> told;
        {
            std::vector<std::jthread> clients;
            for (int i = 0; i < 6; ++i)
                clients.emplace_back([&, title = "t" + std::to_string(i)] {
                    const auto answer =
                        client.put("/compute/" + id, "<COMPUTE><NAME>" + title + "</NAME></COMPUTE>");
                    if (answer.status == 202) told.with([&](auto& all) { all.insert(answer.id()); });
                });
            client.remove("/compute/" + id);
        }
        for (const auto& operation : operations("?limit=20"))
            if (operation["kind"] == "update compute" && operation["target"]["id"] == id)
                BOOST_TEST(told.with([&](auto& all) { return all.contains(operation["id"]); }),
                           operation.dump());
    }
}

BOOST_AUTO_TEST_CASE(end_when_a_guest_lets_no_disk_go) {
    const auto image = agent.image();
    const auto disk = "<DISK image=\"" + image + "\"/>";
    const auto id = agent.compute("<COMPUTE><DISKS>" + disk + "<SWAP size=\"8\"/></DISKS><NICS/></COMPUTE>");
    agent.host().set_deaf(id);
    // The one that is there cannot be taken away, and then the new one cannot be taken back either.
    const auto operation =
        client.put("/compute/" + id, "<COMPUTE><DISKS>" + disk + "<SWAP size=\"9\"/></DISKS></COMPUTE>").id();
    const auto ended = wait_for(operation);
    BOOST_TEST(ended["state"] == "failed");
    BOOST_TEST(std::string(ended["message"]).find("does not release vdb") != std::string::npos);
    const auto shown = client.get("/compute/" + id).body;
    BOOST_TEST(shown.find("<SWAP size=\"8\" dev=\"vdb\"/><SWAP size=\"9\" dev=\"vdc\"/>") !=
               std::string::npos);
    BOOST_TEST(agent.host().storage().list().size() == 4U);
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    BOOST_TEST(agent.host().storage().list().size() == 1U);
}

BOOST_AUTO_TEST_CASE(that_wait_for_a_guest_do_not_hold_up_forcing_it_off_or_deleting_it) {
    const auto image = agent.image();
    const auto disk = "<DISK image=\"" + image + "\"/>";
    const auto id = agent.compute("<COMPUTE><DISKS>" + disk + "<SWAP size=\"8\"/></DISKS><NICS/></COMPUTE>");
    const auto detach_for_ever = [&] {
        agent.host().hold("compute.detach");
        BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><DISKS>" + disk + "</DISKS></COMPUTE>").status ==
                   202);
        BOOST_REQUIRE(agent.host().wait_until_held("compute.detach"));
    };
    detach_for_ever();
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>").status == 202);
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    agent.host().release("compute.detach");
    BOOST_TEST(support::eventually([&] { return agent.operations().under_way() == 0; }));
    client.put("/compute/" + id, "<COMPUTE><STATE>RESUME</STATE></COMPUTE>");
    BOOST_TEST(agent.becomes(id, "ACTIVE"));

    if (agent.host().storage().list().size() ==
        2U) // the detaching had come to its end before it was cancelled
        client.put("/compute/" + id, "<COMPUTE><DISKS>" + disk + "<SWAP size=\"8\"/></DISKS></COMPUTE>");
    BOOST_TEST(support::eventually([&] { return agent.host().storage().list().size() == 3U; }));
    BOOST_TEST(support::eventually([&] { return agent.operations().under_way() == 0; }));
    detach_for_ever();
    const auto forced = agent.host().calls("compute.power_off");
    const auto removal = client.send("DELETE", "/compute/" + id, {}, {{"Prefer", "respond-async"}}).id();
    BOOST_TEST(support::eventually([&] { return agent.host().calls("compute.power_off") > forced; }));
    BOOST_TEST(agent.host().calls("compute.remove") == 0U); // not before the other one has ended
    agent.host().release("compute.detach");
    BOOST_TEST(wait_for(removal)["state"] == "done");
    BOOST_TEST(agent.host().storage().list().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(wire_exactly_once, Fixture)

BOOST_AUTO_TEST_CASE(a_hundred_requests_with_one_key_make_one_machine) {
    Guarded<std::multiset<std::string>> locations;
    {
        std::vector<std::jthread> crowd;
        for (int i = 0; i < 100; ++i)
            crowd.emplace_back([&] {
                const auto answer = client.send("POST", "/compute", "<COMPUTE><NICS/></COMPUTE>",
                                                {{"Idempotency-Key", "same"}});
                locations.with([&](auto& all) { all.insert(std::to_string(answer.status) + answer.id()); });
            });
    }
    const auto all = locations.with([](auto& each) { return each; });
    BOOST_TEST(all.size() == 100U);
    BOOST_TEST(all.count(*all.begin()) == 100U);
    BOOST_TEST(all.begin()->starts_with("201"));
    BOOST_TEST(support::eventually([&] { return machines() == 1U; }));
}

BOOST_AUTO_TEST_CASE(another_body_with_the_same_key_is_refused) {
    const auto send = [&](const std::string& body, const std::string& key) {
        return client.send("POST", "/compute", body, {{"Idempotency-Key", key}}).status;
    };
    BOOST_TEST(send("<COMPUTE><NICS/></COMPUTE>", "k") == 201);
    BOOST_TEST(send("<COMPUTE><NAME>x</NAME><NICS/></COMPUTE>", "k") == 422);
    BOOST_TEST(send("<COMPUTE><NICS/></COMPUTE>", "k2") == 201);
    BOOST_TEST(send("<COMPUTE><NICS/></COMPUTE>", std::string(256, 'k')) == 400);
    BOOST_TEST(send("<COMPUTE><NICS/></COMPUTE>", "a b") == 400);
}

BOOST_AUTO_TEST_CASE(a_final_refusal_is_remembered_and_a_passing_one_is_not) {
    const auto send = [&](const std::string& key) {
        return client.send("POST", "/network", "<NETWORK><NAME>x</NAME><ADDRESS>10.3.0.0</ADDRESS></NETWORK>",
                           {{"Idempotency-Key", key}});
    };
    agent.host().lose("on purpose");
    BOOST_TEST(
        agent.inventory().wait([](const auto& seen) { return !seen.connected; }, std::chrono::seconds(10)));
    BOOST_TEST(send("k").status == 503);
    agent.host().come_back();
    BOOST_TEST(
        agent.inventory().wait([](const auto& seen) { return seen.connected; }, std::chrono::seconds(10)));
    const auto made = send("k");
    BOOST_TEST(made.status == 201);
    const auto again = send("k");
    BOOST_TEST(again.status == 201);
    BOOST_TEST(again.header("idempotent-replayed") == "true");
    BOOST_TEST(again.body == made.body);
    agent.restart();
    BOOST_TEST(send("k").header("location").find(made.id()) != std::string::npos);
    const auto wrong = [&] {
        return client.send("POST", "/compute", "<COMPUTE", {{"Idempotency-Key", "w"}});
    };
    BOOST_TEST(wrong().status == 400);
    BOOST_TEST(wrong().header("idempotent-replayed") == "true");
}

BOOST_AUTO_TEST_CASE(a_put_under_an_id_of_its_own_creates_it_once) {
    const std::string id = "6695eb01-0000-4000-8000-00000000beef";
    const auto put = [&](const std::string& at, const std::string& body) {
        return client.send("PUT", "/compute/" + at, body, {{"If-None-Match", "*"}});
    };
    BOOST_TEST(put(id, "<COMPUTE><NICS/></COMPUTE>").status == 201);
    BOOST_TEST(put(id, "<COMPUTE><NICS/></COMPUTE>").status == 201);
    const auto another = put(id, "<COMPUTE><NAME>x</NAME><NICS/></COMPUTE>");
    BOOST_TEST(another.status == 412, another.status << " " << another.body);
    BOOST_TEST(put("NOT-A-UUID", "<COMPUTE><NICS/></COMPUTE>").status == 400);
    const auto other = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    BOOST_TEST(put(other, "<COMPUTE><NICS/></COMPUTE>").status == 412);
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
    BOOST_TEST(machines() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
