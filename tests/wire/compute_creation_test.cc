// Making a compute: what it gets, why it is refused, and what is left when its making fails.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "tests/support/words.hh"
#include "tests/wire/compute_fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <set>
#include <thread>
#include <tuple>

namespace data = boost::unit_test::data;

BOOST_FIXTURE_TEST_SUITE(wire_compute_creation, wire::ComputeFixture)

BOOST_AUTO_TEST_CASE(runs_with_clone_swap_file_system_and_the_address_it_asked_for) {
    const auto image = agent.image();
    const auto network = agent.network();
    const auto made =
        make("<NAME>web</NAME><TYPE>small</TYPE><DISKS><DISK image=\"" + image +
             "\"/><SWAP size=\"512\"/><FS size=\"16\" format=\"ext4\"/></DISKS><NICS><NIC><UUID>" + network +
             "</UUID><IP>10.1.0.7</IP></NIC></NICS>");
    BOOST_REQUIRE_EQUAL(made.status, 201);
    const auto id = made.id();
    BOOST_TEST(made.header("Location") == url("/compute/" + id));
    BOOST_TEST(support::element(made.body, "STATE") == "PENDING");
    BOOST_TEST(support::element(made.body, "IP") == "10.1.0.7");
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
    const auto body = client.get("/compute/" + id).body;
    BOOST_TEST(body.find("<SWAP size=\"512\" dev=\"vdb\"/><FS size=\"16\" format=\"ext4\" dev=\"vdc\"/>") !=
               std::string::npos);
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    BOOST_TEST(agent.host().compute().list().empty());
    BOOST_TEST(agent.host().storage().list().size() == 1U);
}

BOOST_AUTO_TEST_CASE(is_shown_exactly_as_the_draft_says) {
    const auto image = agent.image();
    const auto network = agent.network();
    const auto id = agent.compute("<COMPUTE><NAME>web</NAME><TYPE>medium</TYPE><DISKS><DISK image=\"" +
                                  image + "\"/></DISKS><NICS><NIC><UUID>" + network +
                                  "</UUID><IP>10.1.0.7</IP></NIC></NICS></COMPUTE>");
    const auto body = client.get("/compute/" + id).body;
    BOOST_TEST(body == "<COMPUTE href=\"" + url("/compute/") + id + "\"><ID>" + id + "</ID>" +
                           words::user(url()) + "<NAME>web</NAME><TYPE>medium</TYPE><STATE>ACTIVE</STATE>" +
                           "<DISKS><DISK image=\"" + image + "\" href=\"" + url("/storage/") + image +
                           "\" dev=\"vda\"/></DISKS><NICS><NIC><UUID>" + network +
                           "</UUID><IP>10.1.0.7</IP><MAC>" + support::element(body, "MAC") +
                           "</MAC></NIC></NICS></COMPUTE>");
    BOOST_TEST(client.get("/compute").body ==
               "<COMPUTES><COMPUTE href=\"" + url("/compute/") + id + "\"/></COMPUTES>");
}

BOOST_AUTO_TEST_CASE(gets_a_name_and_the_default_network_when_it_names_none) {
    const auto id = agent.compute("<COMPUTE><NAME/></COMPUTE>");
    const auto body = client.get("/compute/" + id).body;
    BOOST_TEST(support::element(body, "NAME") == "compute-" + id.substr(0, 8));
    BOOST_TEST(support::element(body, "TYPE") == "small");
    BOOST_TEST(support::element(body, "IP").starts_with("10.112."));
    BOOST_TEST(client.get("/compute/" + agent.compute("<COMPUTE><NICS/></COMPUTE>")).body.find("<NICS/>") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(has_macs_and_addresses_of_its_own) {
    const auto network = agent.network();
    std::set<std::string> macs, addresses;
    for (int index = 0; index < 20; ++index) {
        const auto body = make("<NICS><NIC><UUID>" + network + "</UUID></NIC></NICS>").body;
        macs.insert(support::element(body, "MAC"));
        addresses.insert(support::element(body, "IP"));
    }
    BOOST_TEST(macs.size() == 20U);
    BOOST_TEST(addresses.size() == 20U);
    BOOST_TEST(!addresses.contains("10.1.0.1"));
}

BOOST_AUTO_TEST_CASE(gives_its_address_back_when_it_is_removed) {
    const auto network = agent.network();
    const auto nics = "<NICS><NIC><UUID>" + network + "</UUID><IP>10.1.0.9</IP></NIC></NICS>";
    const auto first = agent.compute("<COMPUTE>" + nics + "</COMPUTE>");
    BOOST_TEST(make(nics).status == 409);
    agent.restart(); // so that a listing has seen the reservation, which must not outlive the machine
    BOOST_TEST(client.remove("/compute/" + first).status == 204);
    BOOST_TEST(make(nics).status == 201);
}

using Row = std::tuple<std::string, int, std::string>;
const std::vector<Row> refused = {
    {"<TYPE>huge</TYPE>", 400, "huge"},
    {"<TYPE>small</TYPE><TYPE>large</TYPE>", 400, "TYPE is given twice"},
    {"<NAME>a</NAME><NAME>b</NAME>", 400, "NAME is given twice"},
    {"<NAME>a\nb</NAME>", 400, "NAME"},
    {"<NAME>a&#0;b</NAME>", 400, "line 1"},
    {"<NAME>a&#x1B;b</NAME>", 400, "line 1"},
    {std::string("<NAME>a") + '\0' + "b</NAME>", 400, "line 1"},
    {"<NAME>\xE2\x80\xAE</NAME>", 400, "NAME"},
    {"<NAME>\xC3\x28</NAME>", 400, ""},
    {"<NAME>" + std::string(300, 'x') + "</NAME>", 400, "NAME"},
    {"<DISKS><DISK image=\"" + words::nobody + "\"/></DISKS>", 400, words::nobody},
    {"<DISKS><DISK/></DISKS>", 400, "DISK"},
    {"<DISKS><SWAP size=\"0\"/></DISKS>", 400, "\"0\""},
    {"<DISKS><SWAP size=\"-1\"/></DISKS>", 400, "\"-1\""},
    {"<DISKS><SWAP/></DISKS>", 400, "SIZE"},
    {"<DISKS><FS size=\"1e30\" format=\"ext4\"/></DISKS>", 400, "\"1e30\""},
    {"<DISKS><FS size=\"10\" format=\"ntfs\"/></DISKS>", 400, "ntfs"},
    {"<NICS><NIC><UUID>" + words::nobody + "</UUID></NIC></NICS>", 400, words::nobody},
    {"<NICS><NIC><UUID>NETWORK</UUID><IP>ten</IP></NIC></NICS>", 400, "ten"},
    {"<NICS><NIC><UUID>NETWORK</UUID><IP>10.2.0.7</IP></NIC></NICS>", 409, "10.2.0.7"},
    {"<NICS><NIC><UUID>NETWORK</UUID><IP>10.1.0.255</IP></NIC></NICS>", 409, "10.1.0.255"},
    {"<NICS><NIC><UUID>NETWORK</UUID><IP>10.1.0.0</IP></NIC></NICS>", 409, "10.1.0.0 is the network's own"},
    {"<NICS><NIC><UUID>NETWORK</UUID><IP>10.1.0.1</IP></NIC></NICS>", 409, "10.1.0.1 is this host's"},
    {"<NICS><NIC><UUID>NETWORK</UUID><IP>10.1.0.9</IP></NIC><NIC><UUID>NETWORK</UUID><IP>10.1.0.9</IP></"
     "NIC></NICS>",
     409, "taken"},
};

BOOST_DATA_TEST_CASE(is_refused_with_what_is_wrong, data::make(refused), given, status, sentence) {
    const auto network = agent.network();
    auto inside = given;
    for (auto at = inside.find("NETWORK<"); at != std::string::npos; at = inside.find("NETWORK<"))
        inside.replace(at, 7, network);
    const auto answer = make(inside);
    BOOST_TEST(answer.status == status);
    BOOST_TEST_CONTEXT(answer.body) BOOST_TEST(answer.body.find(sentence) != std::string::npos);
    BOOST_TEST(client.get("/compute").body == "<COMPUTES/>");
    BOOST_TEST(is_empty());
}

const std::vector<Row> no_documents = {
    {"", 400, "no body"},
    {"hello", 400, ""},
    {"<COMPUTE>", 400, "line 1"},
    {"<NETWORK/>", 400, "NETWORK"},
    {"<!DOCTYPE x [<!ENTITY a \"b\">]><COMPUTE>&a;</COMPUTE>", 400, "DTD"},
};

BOOST_DATA_TEST_CASE(is_refused_when_it_is_no_document, data::make(no_documents), body, status, sentence) {
    const auto answer = client.post("/compute", body);
    BOOST_TEST(answer.status == status);
    BOOST_TEST_CONTEXT(answer.body) BOOST_TEST(answer.body.find(sentence) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_refused_when_it_nests_too_deep_or_is_too_large) {
    std::string deep;
    for (int depth = 0; depth < 10'000; ++depth) deep += "<COMPUTE>";
    const auto nested = client.post("/compute", deep);
    BOOST_TEST(nested.status == 400);
    BOOST_TEST(nested.body.find("nested deeper") != std::string::npos);
    BOOST_TEST(
        client.raw("POST /compute HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n").status ==
        413);
}

BOOST_DATA_TEST_CASE(keeps_any_name_exactly,
                     data::make({"../../x", "a/b", "json:{}", "-o", ".hidden", "&lt;&amp;&apos;&quot;&gt;",
                                 "  blanks  ", "\xC3\xA9\xE6\xBC\xA2\xF0\x9F\x90\xA7"}),
                     name) {
    const auto id = agent.compute(std::string("<COMPUTE><NAME>") + name + "</NAME></COMPUTE>");
    const auto shown = support::element(client.get("/compute/" + id).body, "NAME");
    const auto again = agent.compute("<COMPUTE><NAME>" + shown + "</NAME></COMPUTE>");
    BOOST_TEST(support::element(client.get("/compute/" + again).body, "NAME") == shown);
    BOOST_TEST(agent.host().compute().find(id)->spec.title == agent.host().compute().find(again)->spec.title);
}

BOOST_AUTO_TEST_CASE(waits_for_an_image_that_is_still_coming) {
    agent.host().hold("storage.import");
    const auto image =
        client.post("/storage", "<DISK><NAME>i</NAME><URL>" + agent.make_original("i.raw") + "</URL></DISK>")
            .id();
    const auto id = make("<DISKS><DISK image=\"" + image + "\"/></DISKS>").id();
    BOOST_TEST(agent.state_of(id) == "PENDING");
    agent.host().release("storage.import");
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
}

BOOST_AUTO_TEST_CASE(fails_with_the_reason_when_its_image_fails) {
    agent.host().hold("storage.import");
    agent.fail_for_good("storage.import", Error(Fault::unavailable, "no space left in the pool"));
    const auto image =
        client.post("/storage", "<DISK><NAME>i</NAME><URL>" + agent.make_original("i.raw") + "</URL></DISK>")
            .id();
    const auto id = make("<DISKS><DISK image=\"" + image + "\"/></DISKS>").id();
    agent.host().release("storage.import");
    BOOST_TEST(agent.becomes(id, "FAILED"));
    BOOST_TEST(
        support::element(client.get("/compute/" + id).body, "MESSAGE").find("no space left in the pool") !=
        std::string::npos);
}

BOOST_DATA_TEST_CASE(that_fails_at_any_step_is_failed_with_the_reason_and_leaves_nothing,
                     data::make({"storage.clone", "network.reserve", "compute.define", "compute.start"}),
                     verb) {
    const auto image = agent.image();
    const auto network = agent.network();
    agent.fail_for_good(verb, Error(Fault::unavailable, "broken on purpose"));
    const auto id = make("<DISKS><DISK image=\"" + image + "\"/></DISKS><NICS><NIC><UUID>" + network +
                         "</UUID></NIC></NICS>")
                        .id();
    BOOST_TEST(agent.becomes(id, "FAILED"));
    BOOST_TEST(support::element(client.get("/compute/" + id).body, "MESSAGE").find("broken on purpose") !=
               std::string::npos);
    BOOST_TEST(agent.host().compute().list().empty());
    BOOST_TEST(agent.host().storage().list().size() == 1U);
    BOOST_TEST(agent.host().network().find(network)->reservations.empty());
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    BOOST_TEST(agent.state_of(id) == "404");
    BOOST_TEST(client.remove("/network/" + network).status == 204);
}

BOOST_DATA_TEST_CASE(can_be_deleted_at_any_step_of_its_creation,
                     data::make({"storage.clone", "network.reserve", "compute.define", "compute.start"}),
                     verb) {
    const auto image = agent.image();
    const auto network = agent.network();
    agent.host().hold(verb);
    const auto id = make("<DISKS><DISK image=\"" + image + "\"/></DISKS><NICS><NIC><UUID>" + network +
                         "</UUID></NIC></NICS>")
                        .id();
    BOOST_TEST(agent.host().wait_until_held(verb));
    std::thread opener([&] {
        agent.becomes(id, "DONE");
        agent.host().release(verb);
    });
    const auto answer = client.remove("/compute/" + id);
    opener.join();
    BOOST_TEST((answer.status == 204 || answer.status == 202));
    BOOST_TEST(agent.becomes(id, "404"));
    BOOST_TEST(agent.host().compute().list().empty());
    BOOST_TEST(agent.host().storage().list().size() == 1U);
    BOOST_TEST(agent.host().network().find(network)->reservations.empty());
}

BOOST_AUTO_TEST_CASE(half_made_when_the_agent_ends_is_taken_back_at_the_next_start) {
    const auto image = agent.image();
    agent.host().hold("compute.start");
    const auto id = make("<DISKS><DISK image=\"" + image + "\"/></DISKS>").id();
    BOOST_TEST(agent.host().wait_until_held("compute.start"));
    std::thread opener([&] { agent.host().release("compute.start"); });
    agent.restart();
    opener.join();
    // Either the step was the last one and the machine is whole, or it is taken back: never anything between.
    BOOST_TEST(support::eventually(
        [&] { return agent.state_of(id) == "FAILED" || agent.state_of(id) == "ACTIVE"; }));
    if (agent.state_of(id) == "FAILED") {
        BOOST_TEST(agent.host().compute().list().empty());
        BOOST_TEST(agent.host().storage().list().size() == 1U);
    }
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    BOOST_TEST(agent.host().storage().list().size() == 1U);
}

BOOST_AUTO_TEST_CASE(has_no_more_cores_than_this_host_gives) {
    const auto body = [](const std::string& cores) {
        return "<COMPUTE><TYPE>custom</TYPE><CPU>" + cores + "</CPU><NICS/></COMPUTE>";
    };
    const auto answer = client.post("/compute", body("256"));
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(support::has(answer.body, "a compute has at most 255 processors on this host, and not 256"));
    BOOST_TEST(client.get("/compute").body == "<COMPUTES/>");
    const auto id = agent.compute(body("255"));
    const auto changed = client.put("/compute/" + id, "<COMPUTE><TYPE>custom</TYPE><CPU>256</CPU></COMPUTE>");
    BOOST_TEST(changed.status == 400);
    BOOST_TEST(spec_of(id).cores == 255U);
}

BOOST_AUTO_TEST_CASE(says_once_what_failed) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    client.put("/compute/" + id, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>");
    BOOST_REQUIRE(agent.becomes(id, "STOPPED"));
    BOOST_REQUIRE(is_free(id));
    agent.host().fail_next("compute.start",
                           Error(Fault::conflict, "start compute " + id + ": no memory is left"));
    const auto started = client.put("/compute/" + id, "<COMPUTE><STATE>RESUME</STATE></COMPUTE>");
    BOOST_TEST((end_of(started.id()).stage == state::Stage::failed));
    BOOST_TEST(value("/compute/" + id, "occi.compute.state.message") ==
               "start compute " + id + ": no memory is left");
}

BOOST_AUTO_TEST_SUITE_END()
