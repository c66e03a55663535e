// What a link is between, what happens to it when one of its ends goes, what it is called, and how it is.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "tests/support/words.hh"
#include "tests/wire/link_fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace name = occi::name;
using nlohmann::json;

BOOST_FIXTURE_TEST_SUITE(wire_link, wire::LinkFixture)

BOOST_AUTO_TEST_CASE(a_link_that_leads_nowhere_says_so) {
    const auto compute = machine(), storage = agent.image(), network = agent.network();
    const auto ends = [&](const std::string& source, const std::string& target) {
        auto link = disk(compute, storage);
        link.source = source;
        link.target = target;
        return link;
    };
    const auto from = "/compute/" + compute, to = "/storage/" + storage;
    const auto nothing = "0c0ffee0-0000-4000-8000-000000000000";
    refuses(ends("", to), Fault::invalid, "needs occi.core.source");
    refuses(ends(from, ""), Fault::invalid, "needs occi.core.target");
    refuses(ends(to, to), Fault::invalid, "is no compute");
    refuses(ends(from, "/network/" + network), Fault::invalid, "is no storage");
    refuses(ends(from, from), Fault::invalid, "is no storage");
    refuses(ends(std::string("/compute/") + nothing, to), Fault::invalid, "there is no compute");
    refuses(ends(from, std::string("/storage/") + nothing), Fault::invalid, "there is no storage");
    refuses(nic(compute, nothing), Fault::invalid, "there is no network");
    refuses(nic(compute, "x/../y"), Fault::invalid, "is no network");
}

BOOST_AUTO_TEST_CASE(machines_of_others_get_nothing_and_give_nothing) {
    hv::MachineSpec spec;
    spec.nics.push_back({"", "52:54:00:00:00:77", {}, ""});
    const auto theirs = agent.host().add_foreign_machine("theirs", hv::MachineState::running, spec);
    agent.host().settle();
    BOOST_REQUIRE(agent.inventory().wait([&](const auto& seen) { return seen.machines.contains(theirs); },
                                         std::chrono::seconds(20)));
    refuses(disk(theirs, agent.image()), Fault::forbidden, "was not made by this agent");
    const auto link = read("/compute/" + theirs)["links"][0]["attributes"]["occi.core.id"];
    BOOST_TEST(remove("/networkinterface/" + link.get<std::string>()).status == 403);
}

BOOST_AUTO_TEST_CASE(a_link_waits_for_a_machine_that_is_still_made) {
    const auto storage = agent.image();
    agent.host().hold("compute.define");
    const auto coming = client.post("/compute", "<COMPUTE><DISKS/><NICS/></COMPUTE>").id();
    BOOST_REQUIRE(agent.host().wait_until_held("compute.define"));
    const auto made = links.create(disk(coming, storage), terms);
    agent.host().release("compute.define");
    BOOST_TEST((end_of(made.operation.id).stage == state::Stage::done));
    BOOST_TEST(spec_of(coming).disks.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_link_goes_only_as_the_kind_that_it_is) {
    const auto link = make(nic(machine(), agent.network()));
    const auto id = link.substr(link.rfind('/'));
    BOOST_TEST(remove("/storagelink" + id).status == 404);
    BOOST_TEST(client.get(link).status == 200);
    BOOST_TEST(client.send("DELETE", link, {}, {{"If-Match", "\"other\""}}).status == 412);
    BOOST_TEST(client.get(link).status == 200);
}

// What is taken back is taken back until that succeeds: it must not wait for a machine that never comes again.
BOOST_AUTO_TEST_CASE(a_machine_that_goes_meanwhile_leaves_nothing_under_way) {
    const auto image = agent.image(), network = agent.network(), compute = machine();
    auto wanted = disk(compute, image);
    wanted.mixins.push_back(known.clone);
    const auto a_clone = make(wanted), a_nic = make(nic(compute, network));
    const auto volume = spec_of(compute).disks.back().volume;
    agent.host().hold("compute.detach");
    agent.host().hold("compute.detach_nic");
    const auto of_disk = links.remove(*known.storagelink, a_clone.substr(a_clone.rfind('/') + 1), terms);
    const auto of_nic = links.remove(*known.networkinterface, a_nic.substr(a_nic.rfind('/') + 1), terms);
    BOOST_REQUIRE(agent.host().wait_until_held("compute.detach"));
    agent.host().vanish(compute);
    for (const std::string verb : {"compute.detach", "compute.detach_nic"}) {
        agent.host().fail_next(verb, Error(Fault::conflict, "the guest does not release it"));
        agent.host().release(verb);
    }
    BOOST_TEST((end_of(of_disk.id).stage == state::Stage::failed));
    BOOST_TEST((end_of(of_nic.id).stage == state::Stage::failed));
    BOOST_TEST(!has_volume(volume));
    BOOST_TEST(reservations(network) == 0U);
}

BOOST_AUTO_TEST_CASE(a_disk_on_its_way_waits_for_a_hypervisor_that_is_away) {
    const auto storage = agent.image(), compute = machine();
    agent.host().hold("compute.attach");
    const auto made = links.create(disk(compute, storage), terms);
    BOOST_REQUIRE(agent.host().wait_until_held("compute.attach"));
    agent.host().lose("libvirtd was killed");
    agent.host().release("compute.attach");
    agent.host().come_back();
    const auto ended = end_of(made.operation.id);
    BOOST_TEST((ended.stage == state::Stage::done), ended.message);
    BOOST_TEST(spec_of(compute).disks.back().volume == storage);
}

// ---- what they are called, and how they are -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_title_is_kept_changed_and_taken_away) {
    const auto storage = agent.image(), network = agent.network(), compute = machine();
    for (const auto& path : {make(disk(compute, storage, {{name::title, "data"}})),
                             make(nic(compute, network, {{name::title, "data"}}))}) {
        BOOST_TEST(value(path, "occi.core.title") == "data");
        agent.restart();
        BOOST_TEST(value(path, "occi.core.title") == "data");
        BOOST_TEST(post_text(path, words::attribute("occi.core.title=\"logs\"")).status == 200);
        BOOST_TEST(value(path, "occi.core.title") == "logs");
        BOOST_TEST(read(path)["title"] == "logs");
        agent.restart();
        BOOST_TEST(value(path, "occi.core.title") == "logs");
        const auto kind = path.substr(1, path.find('/', 1) - 1);
        const auto bare = client.send("PUT", path, words::kind(kind),
                                      {{"Content-Type", "text/plain"}, {"Accept", "text/plain"}});
        BOOST_TEST(bare.status == 200, bare.body);
        BOOST_TEST(value(path, "occi.core.title").is_null());
    }
}

BOOST_AUTO_TEST_CASE(a_title_comes_with_its_compute) {
    const auto network = agent.network();
    const auto made =
        post_text("/compute/", words::kind("compute") +
                                   words::link_to("/network/" + network, "; occi.core.title=\"uplink\""));
    BOOST_TEST_REQUIRE(made.status == 201);
    const auto of_link = [&] { return read("/compute/" + made.id())["links"][0].value("title", ""); };
    BOOST_TEST(of_link() == "uplink");
    BOOST_TEST(agent.becomes(made.id(), "ACTIVE"));
    BOOST_TEST(of_link() == "uplink");
}

BOOST_AUTO_TEST_CASE(a_title_is_one_line) {
    const auto compute = machine(), network = agent.network();
    const auto path = make(nic(compute, network));
    BOOST_TEST(
        post_text(path, words::attribute("occi.core.title=\"" + std::string(256, 'x') + "\"")).status == 400);
    BOOST_TEST(post_text("/networkinterface/",
                         words::link("networkinterface", "/compute/" + compute, "/network/" + network) +
                             words::attribute("occi.core.title=\"a\x01\""))
                   .status == 400);
}

BOOST_AUTO_TEST_CASE(nothing_else_of_a_link_changes) {
    const auto path = make(nic(machine(), agent.network()));
    const auto answer = post_text(path, words::attribute("occi.networkinterface.mac=\"02:00:5e:00:00:09\"") +
                                            words::attribute("occi.core.title=\"x\""));
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("stays what it is, but for its title") != std::string::npos);
    BOOST_TEST(value(path, "occi.core.title").is_null());
}

BOOST_AUTO_TEST_CASE(a_link_that_is_not_active_says_why) {
    const auto network = agent.network(), compute = machine();
    const auto wire = make(nic(compute, network)), data = make(disk(compute, agent.image()));
    BOOST_TEST(value(wire, "occi.networkinterface.state.message").is_null());
    BOOST_TEST(value(data, "occi.storagelink.state.message").is_null());
    BOOST_TEST(act("/network/" + network, "down").status == 200);
    BOOST_TEST(value(wire, "occi.networkinterface.state.message") == "network " + network + " is down");
    BOOST_TEST(act("/network/" + network, "up").status == 200);
    agent.host().compute().power_off(compute);
    BOOST_TEST(agent.becomes(compute, "STOPPED"));
    for (const auto& [path, attribute] : {std::pair(wire, "occi.networkinterface.state.message"),
                                          std::pair(data, "occi.storagelink.state.message")})
        BOOST_TEST(value(path, attribute) == "compute " + compute + " is inactive");
}

BOOST_AUTO_TEST_SUITE_END()
