// A compute that is there: where a PUT sends it, what else is changed of it, and how it goes.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "tests/support/words.hh"
#include "tests/wire/compute_fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <set>
#include <thread>
#include <tuple>

namespace data = boost::unit_test::data;

BOOST_FIXTURE_TEST_SUITE(wire_compute, wire::ComputeFixture)

// ---- STATE ----

using Move = std::tuple<std::string, std::string>;
const std::vector<Move> moves = {{"SHUTDOWN", "STOPPED"},    {"POWEROFF", "STOPPED"},
                                 {"CANCEL", "STOPPED"},      {"STOPPED", "STOPPED"},
                                 {"SUSPENDED", "SUSPENDED"}, {"shutdown", "STOPPED"}};

BOOST_DATA_TEST_CASE(goes_where_a_state_sends_it_and_resumes, data::make(moves), word, state) {
    const auto id = agent.compute("<COMPUTE/>");
    const auto answer = put(id, word);
    BOOST_TEST(answer.status == 202);
    BOOST_TEST(support::element(answer.body, "ID") == id);
    BOOST_TEST(agent.becomes(id, state));
    BOOST_TEST(put(id, "RESUME").status == 202);
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
}

BOOST_AUTO_TEST_CASE(says_why_it_is_suspended) {
    const auto id = agent.compute("<COMPUTE/>");
    const auto why = "paused: no space left on pool occi";
    agent.host().set_state(id, hv::MachineState::paused, why);
    BOOST_TEST(agent.becomes(id, "SUSPENDED"));
    BOOST_TEST(support::element(client.get("/compute/" + id).body, "REASON") == why);
    BOOST_TEST(put(id, "RESUME").status == 202);
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
    BOOST_TEST(client.get("/compute/" + id).body.find("<REASON>") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_forced_off_by_shutdown_when_it_is_deaf_but_not_by_poweroff) {
    const auto id = agent.compute("<COMPUTE/>");
    agent.host().set_deaf(id);
    BOOST_TEST(put(id, "POWEROFF").status == 202);
    BOOST_TEST(support::eventually([&] { return agent.inventory().now()->troubles.contains(id); }));
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
    BOOST_TEST(put(id, "SHUTDOWN").status == 202);
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    BOOST_TEST(agent.host().calls("compute.press_power_button") > 2U);
}

BOOST_AUTO_TEST_CASE(is_forced_off_while_a_graceful_stop_waits) {
    service::Settings patient = support::AgentUnderTest::quick_settings();
    patient.stop_time = std::chrono::minutes(10);
    support::AgentUnderTest slow(patient);
    const auto id = slow.compute("<COMPUTE/>");
    slow.host().set_deaf(id);
    BOOST_TEST(slow.client().put("/compute/" + id, "<COMPUTE><STATE>SHUTDOWN</STATE></COMPUTE>").status ==
               202);
    BOOST_TEST(slow.client().put("/compute/" + id, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>").status == 202);
    BOOST_TEST(slow.becomes(id, "STOPPED"));
    BOOST_TEST(slow.client().remove("/compute/" + id).status == 204);
}

BOOST_AUTO_TEST_CASE(keeps_its_name_when_its_disks_cannot_be_changed_so) {
    const auto id = agent.compute("<COMPUTE><NAME>as it was</NAME><DISKS><DISK image=\"" + agent.image() +
                                  "\"/></DISKS></COMPUTE>");
    for (const auto* disks :
         {"<DISKS/>", "<DISKS><DISK image=\"11111111-1111-4111-8111-111111111111\"/></DISKS>"}) {
        const auto answer =
            client.put("/compute/" + id, std::string("<COMPUTE><NAME>half</NAME>") + disks + "</COMPUTE>");
        BOOST_TEST(answer.status >= 400);
        BOOST_TEST(client.get("/-/operations").body.find("update compute") == std::string::npos);
    }
    BOOST_TEST(client.get("/compute/" + id).body.find("as it was") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stays_marked_as_leaving_however_often_it_is_deleted) {
    const auto image = agent.image();
    const auto disk = "<DISK image=\"" + image + "\"/>";
    const auto id = agent.compute("<COMPUTE><DISKS>" + disk + "</DISKS></COMPUTE>");
    agent.host().hold("compute.attach");
    BOOST_TEST(
        client.put("/compute/" + id, "<COMPUTE><DISKS>" + disk + "<SWAP size=\"8\"/></DISKS></COMPUTE>")
            .status == 202);
    BOOST_REQUIRE(agent.host().wait_until_held("compute.attach"));
    std::vector<std::string> removals;
    for (int i = 0; i < 3; ++i)
        removals.push_back(client.send("DELETE", "/compute/" + id, {}, {{"Prefer", "respond-async"}}).id());
    BOOST_TEST(agent.state_of(id) == "DONE");
    BOOST_TEST(put(id, "SHUTDOWN").status == 409);
    agent.host().release("compute.attach");
    for (const auto& removal : removals) {
        BOOST_REQUIRE(agent.operations().wait(removal, std::chrono::seconds(20)));
        BOOST_TEST((agent.operations().find(removal)->stage == state::Stage::done));
    }
    BOOST_TEST(agent.state_of(id) == "404");
    BOOST_TEST(agent.host().storage().list().size() == 1U);
}

BOOST_AUTO_TEST_CASE(is_stopped_well_when_it_goes_off_as_the_button_is_pressed) {
    const auto id = agent.compute("<COMPUTE/>");
    agent.host().hold("compute.press_power_button");
    const auto operation = put(id, "SHUTDOWN").id();
    BOOST_REQUIRE(agent.host().wait_until_held("compute.press_power_button"));
    agent.host().set_state(id, hv::MachineState::off, "shut down by the guest");
    agent.host().release("compute.press_power_button");
    BOOST_REQUIRE(agent.operations().wait(operation, std::chrono::seconds(20)));
    BOOST_TEST((agent.operations().find(operation)->stage == state::Stage::done));
}

BOOST_AUTO_TEST_CASE(is_off_in_the_end_when_it_is_forced_off_while_it_starts) {
    const auto id = agent.compute("<COMPUTE/>");
    put(id, "CANCEL");
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    agent.host().hold("compute.start");
    BOOST_TEST(put(id, "RESUME").status == 202);
    BOOST_REQUIRE(agent.host().wait_until_held("compute.start"));
    const auto looks = agent.host().calls("compute.find");
    BOOST_TEST(put(id, "CANCEL").status == 202);
    BOOST_TEST(support::eventually([&] { return agent.host().calls("compute.find") > looks; }));
    agent.host().release("compute.start");
    BOOST_TEST(support::eventually([&] { return agent.operations().under_way() == 0; }));
    BOOST_TEST(agent.host().calls("compute.power_off") == 2U);
    BOOST_TEST(agent.state_of(id) == "STOPPED");
}

BOOST_AUTO_TEST_CASE(changes_nothing_when_nothing_is_asked) {
    const auto id = agent.compute("<COMPUTE/>");
    BOOST_TEST(all_has_ended()); // its creation
    const auto shown = client.get("/compute/" + id).body;
    BOOST_TEST(client.put("/compute/" + id, shown).status == 200);
    BOOST_TEST(put(id, "ACTIVE").status == 200);
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE/>").status == 200);
    BOOST_TEST(client.get("/compute/" + id).body == shown);
}

BOOST_AUTO_TEST_CASE(says_that_a_state_is_unknown_or_not_to_be_reached) {
    const auto id = agent.compute("<COMPUTE/>");
    BOOST_TEST(put(id, "FLY").status == 400);
    const auto answer = put(id, "RESUME");
    BOOST_TEST(answer.status == 403);
    BOOST_TEST(answer.body == "the STATE of compute " + id +
                                  " cannot be changed from ACTIVE to RESUME: compute " + id +
                                  " is running already: to start it changes nothing\n");
    BOOST_TEST(put(words::nobody, "RESUME").status == 404);
}

BOOST_DATA_TEST_CASE(says_what_may_be_asked_for_by_a_state_that_asks_for_nothing,
                     data::make({"PENDING", "FAILED", "failed"}), state) {
    const auto id = agent.compute("<COMPUTE/>");
    const auto refused = [&] {
        const auto answer = put(id, state);
        BOOST_TEST(answer.status == 403);
        BOOST_TEST(answer.body == "the STATE of compute " + id + " cannot be changed from ACTIVE to " +
                                      text::upper(state) +
                                      ": it may be set to STOPPED, SUSPENDED, SHUTDOWN, POWEROFF, CANCEL, "
                                      "REBOOT, RESTART, RESET, DONE\n");
    };
    BOOST_TEST(all_has_ended());
    refused();
    agent.host().hold("compute.press_power_button");
    BOOST_TEST(put(id, "SHUTDOWN").status == 202);
    BOOST_REQUIRE(agent.host().wait_until_held("compute.press_power_button"));
    const auto while_busy = put(id, state);
    BOOST_TEST(while_busy.status == 403);
    BOOST_TEST(while_busy.body.find(": it may be set to ") != std::string::npos);
    BOOST_TEST(put(id, "ACTIVE").status == 200); // as it is shown
    agent.host().release("compute.press_power_button");
}

BOOST_AUTO_TEST_CASE(may_be_sent_back_as_it_was_shown_before_it_was_there) {
    agent.host().hold("compute.define");
    const auto made = client.post("/compute", "<COMPUTE/>");
    BOOST_TEST(support::element(made.body, "STATE") == "PENDING");
    BOOST_TEST(client.put("/compute/" + made.id(), made.body).status == 202);
    agent.host().release("compute.define");
}

BOOST_AUTO_TEST_CASE(is_renamed_but_not_rebuilt_by_a_put) {
    const auto id = agent.compute("<COMPUTE><NAME>old</NAME></COMPUTE>");
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><NAME>new</NAME></COMPUTE>").status == 202);
    BOOST_TEST(support::eventually(
        [&] { return support::element(client.get("/compute/" + id).body, "NAME") == "new"; }));
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><TYPE>large</TYPE></COMPUTE>").status == 403);
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><NICS/></COMPUTE>").status == 403);
    const auto other = "<NIC><UUID>" + agent.network() + "</UUID></NIC>";
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><NICS>" + other + "</NICS></COMPUTE>").status == 403);
}

BOOST_AUTO_TEST_CASE(says_that_it_could_not_be_made_to_who_resumes_it) {
    agent.host().fail_next("compute.define", Error(Fault::conflict, "no slot"));
    const auto id = client.post("/compute", "<COMPUTE/>").id();
    BOOST_TEST(agent.becomes(id, "FAILED"));
    BOOST_TEST(all_has_ended());
    const auto answer = put(id, "RESUME");
    BOOST_TEST(answer.status == 403);
    BOOST_TEST(answer.body == "the STATE of compute " + id +
                                  " cannot be changed from FAILED to RESUME: compute " + id +
                                  " could not be made: there is nothing to do but to delete it\n");
}

BOOST_AUTO_TEST_CASE(says_no_word_of_occi_to_who_sends_a_state) {
    const auto id = agent.compute("<COMPUTE/>");
    put(id, "CANCEL");
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    BOOST_TEST(all_has_ended());
    const auto answer = put(id, "SUSPENDED");
    BOOST_TEST(answer.status == 403);
    BOOST_TEST(answer.body.find("method") == std::string::npos, answer.body);
}

BOOST_AUTO_TEST_CASE(has_as_many_processors_as_its_host_can_give) {
    const auto answer = client.post("/compute", "<COMPUTE><TYPE>custom</TYPE><CPU>5000</CPU></COMPUTE>");
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.body == "a compute has at most 255 processors on this host, and not 5000\n");
}

BOOST_AUTO_TEST_CASE(loses_its_name_by_an_empty_one) {
    const auto id = agent.compute("<COMPUTE><NAME>old</NAME></COMPUTE>");
    BOOST_TEST(all_has_ended());
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><NAME/></COMPUTE>").status == 202);
    BOOST_TEST(all_has_ended());
    const auto shown = client.get("/compute/" + id).body;
    BOOST_TEST(shown.find("<NAME/>") != std::string::npos, shown);
    BOOST_TEST(client.put("/compute/" + id, shown).status < 300);
}

BOOST_AUTO_TEST_CASE(is_sized_by_no_empty_element) {
    const auto id = agent.compute("<COMPUTE><TYPE>custom</TYPE><CPU>1</CPU><MEMORY>256</MEMORY></COMPUTE>");
    for (const auto* name : {"CPU", "MEMORY"}) {
        const auto answer = client.put("/compute/" + id, std::string("<COMPUTE><") + name + "/></COMPUTE>");
        BOOST_TEST(answer.status == 400);
        BOOST_TEST(answer.body.starts_with(std::string(name) + " is \"\": "), answer.body);
    }
}

BOOST_AUTO_TEST_CASE(is_done_by_put_done_and_by_delete) {
    const auto first = agent.compute("<COMPUTE/>"), second = agent.compute("<COMPUTE/>");
    const auto answer = put(first, "DONE");
    BOOST_TEST(answer.status == 202);
    BOOST_TEST(support::element(answer.body, "STATE") == "DONE");
    BOOST_TEST(agent.becomes(first, "404"));
    BOOST_TEST(client.remove("/compute/" + second).status == 204);
    BOOST_TEST(agent.state_of(second) == "404");
    BOOST_TEST(client.remove("/compute/" + second).status == 404);
    BOOST_TEST(is_empty());
}

BOOST_AUTO_TEST_CASE(is_shown_as_being_deleted_when_that_takes_long) {
    const auto id = agent.compute("<COMPUTE/>");
    agent.host().hold("compute.power_off");
    const auto answer = client.remove("/compute/" + id);
    BOOST_TEST(answer.status == 202);
    BOOST_TEST(support::element(answer.body, "STATE") == "DONE");
    BOOST_TEST(agent.state_of(id) == "DONE");
    agent.host().release("compute.power_off");
    BOOST_TEST(agent.becomes(id, "404"));
}

BOOST_AUTO_TEST_CASE(keeps_everything_when_the_hypervisor_is_away_while_it_is_deleted) {
    const auto image = agent.image();
    const auto id = agent.compute("<COMPUTE><DISKS><DISK image=\"" + image + "\"/></DISKS></COMPUTE>");
    agent.host().lose("on purpose");
    BOOST_TEST(client.remove("/compute/" + id).status == 202);
    BOOST_TEST(agent.state_of(id) == "DONE");
    agent.host().come_back();
    BOOST_TEST(agent.becomes(id, "404"));
    BOOST_TEST(agent.host().storage().list().size() == 1U);
}

BOOST_AUTO_TEST_CASE(is_shown_as_unknown_and_not_changed_while_the_hypervisor_is_away) {
    const auto id = agent.compute("<COMPUTE/>");
    agent.host().lose("on purpose");
    BOOST_TEST(
        agent.inventory().wait([](const auto& seen) { return !seen.connected; }, std::chrono::seconds(10)));
    BOOST_TEST(support::element(client.get("/compute/" + id).body, "CONDITION") == "unknown");
    for (const auto* body : {"<STATE>SUSPENDED</STATE>", "<STATE>CANCEL</STATE>", "<NAME>other</NAME>"}) {
        const auto answer = client.put("/compute/" + id, std::string("<COMPUTE>") + body + "</COMPUTE>");
        BOOST_TEST(answer.status == 503);
        BOOST_TEST(!answer.header("Retry-After").empty());
    }
    agent.host().come_back();
    BOOST_TEST(
        agent.inventory().wait([](const auto& seen) { return seen.connected; }, std::chrono::seconds(10)));
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
    BOOST_TEST(put(id, "SUSPENDED").status == 202);
    BOOST_TEST(agent.becomes(id, "SUSPENDED"));
}

BOOST_AUTO_TEST_CASE(of_somebody_else_is_shown_and_never_changed) {
    hv::MachineSpec spec;
    spec.title = "win11";
    spec.cores = 3;
    spec.memory = std::uint64_t{3} << 30;
    spec.disks.push_back({hv::Content::foreign, "", "", 0, "", "sda", {}});
    const auto foreign = agent.host().add_foreign_machine("win11", hv::MachineState::running, spec);
    BOOST_TEST(agent.becomes(foreign, "ACTIVE"));
    const auto body = client.get("/compute/" + foreign).body;
    BOOST_TEST(support::element(body, "NAME") == "win11");
    BOOST_TEST(support::element(body, "TYPE") == "custom");
    BOOST_TEST(body.find("<DISK dev=\"sda\"/>") != std::string::npos);
    BOOST_TEST(put(foreign, "CANCEL").status == 403);
    BOOST_TEST(client.put("/compute/" + foreign, "<COMPUTE><NAME>mine</NAME></COMPUTE>").status == 403);
    BOOST_TEST(client.remove("/compute/" + foreign).status == 403);
    BOOST_TEST(agent.state_of(foreign) == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(shows_what_happened_behind_its_back) {
    const auto id = agent.compute("<COMPUTE/>");
    agent.host().guest_powers_off(id);
    BOOST_TEST(agent.becomes(id, "STOPPED"));
}

BOOST_AUTO_TEST_CASE(speaks_libcloud_1_4_to_libcloud_1_4) {
    const support::Headers libcloud = {{"User-Agent", "libcloud/3.4.1 (OpenNebula (v1.4)) "}};
    const auto network = agent.network();
    const auto made = client.send(
        "POST", "/compute",
        "<COMPUTE><NAME /><INSTANCE_TYPE>small</INSTANCE_TYPE><STORAGE><DISK image=\"" + agent.image() +
            "\" /></STORAGE><NETWORK><NIC network=\"" + network + "\" ip=\"10.1.0.0\"/></NETWORK></COMPUTE>",
        libcloud);
    BOOST_REQUIRE_EQUAL(made.status, 201);
    const auto id = made.id();
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
    const auto body = client.send("GET", "/compute/" + id, {}, libcloud).body;
    BOOST_TEST(body.find("<NETWORK><NIC network=\"") != std::string::npos);
    BOOST_TEST(client.send("DELETE", "/compute/" + id, {}, libcloud).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
