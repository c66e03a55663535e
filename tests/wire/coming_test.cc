#define BOOST_TEST_DYN_LINK
// What is asked of a compute that is still being made waits for that, whoever asks and in whichever rendering.
#include "agent/base/error.hh"
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;
using nlohmann::json;

namespace {

const std::string compute_action = "http://schemas.ogf.org/occi/infrastructure/compute/action#";
const support::Headers later = {{"Prefer", "respond-async"}, {"Content-Type", "text/plain"}};

struct Fixture : wire::Fixture {
    const std::string image = agent.image(), network = agent.network();

    // One whose making stands still before its machine is there, until end_making().
    std::string begin_making() {
        agent.host().hold("compute.define");
        const auto made = client.post("/compute", "<COMPUTE><NAME>web</NAME><DISKS><DISK image=\"" + image +
                                                      "\"/></DISKS><NICS/></COMPUTE>");
        BOOST_REQUIRE_EQUAL(made.status, 201);
        BOOST_REQUIRE(agent.host().wait_until_held("compute.define"));
        return made.id();
    }
    void end_making() { agent.host().release("compute.define"); }

    std::string title_of(const std::string& id) const {
        return support::element(client.get("/compute/" + id).body, "NAME");
    }
    // The operation that the answer says goes on.
    std::string operation_in(const support::Answer& answer) const {
        BOOST_REQUIRE_MESSAGE(answer.status == 202, answer.body);
        return answer.id();
    }
    state::Stage stage_of(const support::Answer& answer) { return end_of(operation_in(answer)).stage; }

    support::Answer put_disks(const std::string& id, const std::vector<std::string>& sizes) const {
        std::string disks = "<DISK image=\"" + image + "\"/>";
        for (const auto& size : sizes) disks += "<DISK type=\"swap\" size=\"" + size + "\"/>";
        return client.put("/compute/" + id, "<COMPUTE><DISKS>" + disks + "</DISKS></COMPUTE>");
    }
};

using state::Stage;

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_coming, Fixture)

BOOST_AUTO_TEST_CASE(says_that_it_is_being_made) {
    const auto id = begin_making();
    const auto path = "/compute/" + id;
    BOOST_TEST(value(path, "occi.compute.state") == "inactive");
    BOOST_TEST(value(path, "occi.compute.state.message") == "being made");
    end_making();
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
    BOOST_TEST(value(path, "occi.compute.state.message") != "being made");
}

BOOST_AUTO_TEST_CASE(a_name_by_xml_waits) {
    const auto id = begin_making();
    const auto answer = client.put("/compute/" + id, "<COMPUTE><NAME>other</NAME></COMPUTE>");
    BOOST_TEST(support::element(answer.body, "STATE") == "PENDING");
    end_making();
    BOOST_TEST((stage_of(answer) == Stage::done));
    BOOST_TEST(title_of(id) == "other");
}

BOOST_AUTO_TEST_CASE(a_state_by_xml_waits) {
    const auto id = begin_making();
    const auto answer = client.put("/compute/" + id, "<COMPUTE><STATE>SUSPENDED</STATE></COMPUTE>");
    end_making();
    BOOST_TEST((stage_of(answer) == Stage::done));
    BOOST_TEST(agent.becomes(id, "SUSPENDED"));
}

BOOST_AUTO_TEST_CASE(what_is_sent_back_as_it_was_read_asks_for_nothing) {
    const auto id = begin_making();
    const auto read = client.get("/compute/" + id).body;
    const auto answer = client.put("/compute/" + id, read);
    end_making();
    BOOST_TEST((answer.status == 200 || stage_of(answer) == Stage::done));
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
}

BOOST_AUTO_TEST_CASE(disks_by_xml_wait_and_each_gets_a_place_of_its_own) {
    const auto id = begin_making();
    const auto first = put_disks(id, {"8"}), second = put_disks(id, {"8", "9"});
    end_making();
    BOOST_TEST((stage_of(first) == Stage::done));
    BOOST_TEST((stage_of(second) == Stage::done));
    std::vector<std::string> targets;
    for (const auto& disk : spec_of(id).disks) targets.push_back(disk.target);
    BOOST_TEST(std::ranges::count(targets, "vdb") == 1);
    BOOST_TEST(std::ranges::count(targets, "vdc") == 1);
}

BOOST_AUTO_TEST_CASE(a_resize_by_occi_waits) {
    const auto id = begin_making();
    const auto answer = client.send("POST", "/compute/" + id,
                                    "Category: medium; scheme=\"urn:occi-agent:instance_type#\"; "
                                    "class=\"mixin\"",
                                    later);
    end_making();
    BOOST_TEST((stage_of(answer) == Stage::done));
    BOOST_TEST(support::element(client.get("/compute/" + id).body, "TYPE") == "medium");
}

BOOST_AUTO_TEST_CASE(an_action_of_one_and_of_all_is_answered_at_once_and_waits) {
    const auto id = begin_making();
    const auto suspend = "Category: suspend; scheme=\"" + compute_action + "\"; class=\"action\"";
    BOOST_TEST(post_text("/compute/" + id + "?action=suspend", suspend).status == 200);
    BOOST_TEST(post_text("/compute/?action=start",
                         "Category: start; scheme=\"" + compute_action + "\"; class=\"action\"")
                   .status == 200);
    end_making();
    BOOST_REQUIRE(all_has_ended());
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
    BOOST_TEST(value("/compute/" + id, "occi.compute.state.message") != "booted");
}

BOOST_AUTO_TEST_CASE(a_link_is_made_and_another_one_removed_behind_it) {
    const auto id = begin_making();
    const auto made =
        client.send("POST", "/networkinterface/",
                    "Category: networkinterface; scheme=\"http://schemas.ogf.org/occi/infrastructure#\"; "
                    "class=\"kind\"\nX-OCCI-Attribute: occi.core.source=\"/compute/" +
                        id + "\"\nX-OCCI-Attribute: occi.core.target=\"/network/" + network + "\"",
                    later);
    end_making();
    BOOST_TEST((stage_of(made) == Stage::done));
    BOOST_TEST(spec_of(id).nics.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_nic_goes_that_it_was_to_have) {
    agent.host().hold("compute.define");
    const auto id =
        client.post("/compute", "<COMPUTE><NICS><NIC network=\"" + network + "\"/></NICS></COMPUTE>").id();
    BOOST_REQUIRE(agent.host().wait_until_held("compute.define"));
    const auto link = read("/compute/" + id)["links"][0]["attributes"]["occi.core.id"].get<std::string>();
    const auto answer = client.send("DELETE", "/networkinterface/" + link, "", later);
    end_making();
    BOOST_TEST((stage_of(answer) == Stage::done));
    BOOST_TEST(spec_of(id).nics.empty());
    BOOST_TEST(agent.host().network().find(network)->reservations.empty());
}

BOOST_AUTO_TEST_CASE(a_mixin_of_a_user_is_given_at_once) {
    const auto id = begin_making();
    const std::string mixin = "tag; scheme=\"http://example.org/tags#\"; class=\"mixin\"";
    BOOST_REQUIRE_EQUAL(post_text("/-/", "Category: " + mixin + "; location=\"/tag/\"").status, 200);
    BOOST_TEST(post_text("/tag/", "X-OCCI-Location: " + url("/compute/" + id)).status == 200);
    end_making();
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
    BOOST_TEST(get("/tag/").body == "X-OCCI-Location: " + url("/compute/" + id));
}

BOOST_AUTO_TEST_CASE(what_it_boots_from_is_saved_when_it_is_there) {
    const auto id = begin_making();
    const auto save = client.send("POST", "/compute/" + id + "?action=save",
                                  "Category: save; scheme=\"" + compute_action +
                                      "\"; class=\"action\"\nX-OCCI-Attribute: name=\"copy\"",
                                  later);
    BOOST_TEST(save.status < 300, save.body);
    end_making();
    BOOST_REQUIRE(all_has_ended());
    const auto copy = titled("copy", "/storage/");
    BOOST_REQUIRE(!copy.empty());
    BOOST_TEST(value("/storage/" + copy, "occi.storage.state") == "online");
}

BOOST_AUTO_TEST_CASE(to_force_it_off_does_not_take_its_making_back) {
    const auto id = begin_making();
    const auto renamed = client.put("/compute/" + id, "<COMPUTE><NAME>other</NAME></COMPUTE>");
    const auto answer = client.put("/compute/" + id, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>");
    end_making();
    BOOST_TEST((stage_of(answer) == Stage::done));
    BOOST_TEST((stage_of(renamed) == Stage::cancelled)); // as everything that stands before that
    BOOST_TEST(agent.state_of(id) == "STOPPED");
}

BOOST_AUTO_TEST_CASE(a_removal_waits_for_nothing) {
    const auto id = begin_making();
    const auto renamed = client.put("/compute/" + id, "<COMPUTE><NAME>other</NAME></COMPUTE>");
    const auto answer = client.send("DELETE", "/compute/" + id, "", later);
    end_making();
    BOOST_TEST((stage_of(answer) == Stage::done));
    BOOST_TEST((stage_of(renamed) == Stage::cancelled));
    BOOST_TEST(agent.state_of(id) == "404");
}

struct Change {
    const char* what;
    std::function<support::Answer(const Fixture&, const std::string& id)> ask;
};
std::ostream& operator<<(std::ostream& out, const Change& change) { return out << change.what; }

const std::vector<Change> changes = {
    {"a name",
     [](const Fixture& it, const std::string& id) {
         return it.client.put("/compute/" + id, "<COMPUTE><NAME>other</NAME></COMPUTE>");
     }},
    {"a state",
     [](const Fixture& it, const std::string& id) {
         return it.client.put("/compute/" + id, "<COMPUTE><STATE>SUSPENDED</STATE></COMPUTE>");
     }},
    {"force off",
     [](const Fixture& it, const std::string& id) {
         return it.client.put("/compute/" + id, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>");
     }},
    {"disks", [](const Fixture& it, const std::string& id) { return it.put_disks(id, {"8"}); }},
};
BOOST_DATA_TEST_CASE(what_waited_for_a_making_that_failed_fails_and_says_so, data::make(changes), change) {
    const auto id = begin_making();
    const auto failure = "define compute " + id + ": no slot";
    agent.host().fail_next("compute.define", Error(Fault::conflict, failure));
    const auto answer = change.ask(*this, id);
    end_making();
    const auto ended = end_of(operation_in(answer));
    BOOST_TEST((ended.stage == Stage::failed));
    BOOST_TEST((ended.fault == Fault::conflict));
    BOOST_TEST(ended.message == "compute " + id + " could not be made: no slot");
    BOOST_TEST(agent.state_of(id) == "FAILED");
    BOOST_TEST(value("/compute/" + id, "occi.compute.state.message") == failure);
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    BOOST_TEST(agent.state_of(id) == "404");
}

// pOCCI 1.0: INFRA/CREATE/001, INFRA/CREATE/004 and CORE/UPDATE/001. It takes the first compute of the list and acts on
// it milliseconds after it was made; what it sends is as it was recorded.
BOOST_AUTO_TEST_CASE(pocci_acts_on_what_it_has_just_made) {
    agent.host().hold("compute.define");
    const support::Headers text = {{"Accept", "text/plain"}, {"Content-Type", "text/plain"}};
    const auto made = client.send(
        "POST", "/compute/",
        "Category: compute; scheme=\"http://schemas.ogf.org/occi/infrastructure#\"; class=\"kind\"\n"
        "X-OCCI-Attribute: occi.core.title=\"pOCCI compute\"\n",
        text);
    BOOST_REQUIRE_EQUAL(made.status, 201);
    const auto listed = client.send("GET", "/compute/", "", text);
    BOOST_TEST(listed.body == "X-OCCI-Location: " + url("/compute/" + made.id()));
    const auto path = "/compute/" + made.id();
    const auto shown = client.send("GET", path, "", text);
    BOOST_TEST(shown.status == 200);
    const auto action =
        client.send("POST", path + "?action=start",
                    "Category: start; scheme=\"" + compute_action + "\"; class=\"action\"\n", text);
    BOOST_TEST(action.status == 200, action.body);
    end_making();
    const auto updated = client.send("PUT", path, shown.body, text);
    BOOST_TEST(updated.status == 200, updated.body);
    BOOST_REQUIRE(all_has_ended());
    BOOST_TEST(agent.state_of(made.id()) == "ACTIVE");
    BOOST_TEST(client.send("DELETE", path, "", text).status == 200);
}

// A storage is the same.
BOOST_AUTO_TEST_CASE(what_is_asked_of_a_storage_that_is_being_made_waits) {
    agent.host().hold("storage.create");
    const auto made = client.send("POST", "/storage", "<DISK><NAME>data</NAME><SIZE>16</SIZE></DISK>",
                                  {{"Prefer", "respond-async"}});
    BOOST_TEST(made.status == 202);
    BOOST_REQUIRE(agent.host().wait_until_held("storage.create"));
    const auto storage = ids("/storage/").back();
    const auto renamed =
        client.send("POST", "/storage/" + storage, "X-OCCI-Attribute: occi.core.title=\"other\"", later);
    agent.host().release("storage.create");
    BOOST_TEST((stage_of(renamed) == Stage::done));
    BOOST_TEST(value("/storage/" + storage, "occi.core.title") == "other");
}

BOOST_AUTO_TEST_SUITE_END()
