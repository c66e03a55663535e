// Disks as links: what is attached, as what, and what stays when it goes.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "tests/support/words.hh"
#include "tests/wire/link_fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace data = boost::unit_test::data;
namespace name = occi::name;
using nlohmann::json;

BOOST_FIXTURE_TEST_SUITE(wire_link_disk, wire::LinkFixture)

BOOST_AUTO_TEST_CASE(a_storage_is_attached_as_it_is_and_stays_when_its_link_goes) {
    const auto storage = agent.image(), compute = machine();
    const auto link =
        make(disk(compute, storage, {{name::deviceid, "/dev/vdc"}, {name::mountpoint, "/srv/data"}}));
    const auto attached = spec_of(compute).disks.back();
    BOOST_TEST((attached.content == hv::Content::storage));
    BOOST_TEST(attached.volume == storage);
    BOOST_TEST(attached.target == "vdc");

    const auto shown = read(link);
    BOOST_TEST(shown["attributes"]["occi.storagelink.deviceid"] == "/dev/vdc");
    BOOST_TEST(shown["attributes"]["occi.storagelink.mountpoint"] == "/srv/data");
    BOOST_TEST(shown["attributes"]["occi.storagelink.state"] == "active");
    BOOST_TEST(shown["source"]["location"] == "/compute/" + compute);
    BOOST_TEST(shown["target"]["location"] == "/storage/" + storage);
    BOOST_TEST((!shown.contains("mixins") || shown["mixins"].empty()));
    BOOST_TEST(read("/compute/" + compute)["links"].back() == shown);
    BOOST_TEST(link != "/storagelink/" + storage, "two entities with one id");

    const auto answer = remove(link);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "OK");
    BOOST_TEST(client.get(link).status == 404);
    BOOST_TEST(spec_of(compute).disks.size() == 1U);
    BOOST_TEST(has_volume(storage));
    make(disk(machine(), storage)); // free for another machine
}

BOOST_AUTO_TEST_CASE(a_storage_is_in_one_machine_or_has_clones_and_never_both) {
    const auto storage = agent.image(), other = machine();
    const auto compute = machine(clone(storage));
    refuses(disk(other, storage), Fault::conflict, "compute " + compute + " has a clone of it");
    BOOST_TEST(remove("/compute/" + compute).status == 200);

    const auto link = make(disk(other, storage));
    refuses(disk(other, storage), Fault::conflict, "is attached to compute " + other);
    refuses(disk(machine(), storage), Fault::conflict, "is attached to compute " + other);
    auto a_clone = disk(machine(), storage);
    a_clone.mixins.push_back(known.clone);
    refuses(a_clone, Fault::conflict, "is attached to compute " + other);
    const auto by_xml =
        client.post("/compute", "<COMPUTE><DISKS>" + clone(storage) + "</DISKS><NICS/></COMPUTE>");
    BOOST_TEST(by_xml.status == 409);
    BOOST_TEST(client.remove("/storage/" + storage).status == 409);
    BOOST_TEST(remove(link).status == 200);
    BOOST_TEST(client.remove("/storage/" + storage).status == 204);
}

BOOST_AUTO_TEST_CASE(two_machines_cannot_get_one_storage_at_the_same_time) {
    const auto storage = agent.image(), first = machine(), second = machine();
    agent.host().hold("compute.attach");
    const auto made = links.create(disk(first, storage), terms);
    BOOST_REQUIRE(agent.host().wait_until_held("compute.attach"));
    refuses(disk(second, storage), Fault::conflict, "is being attached");
    BOOST_TEST(client.remove("/storage/" + storage).status == 409);
    agent.host().release("compute.attach");
    BOOST_TEST((end_of(made.operation.id).stage == state::Stage::done));
    refuses(disk(second, storage), Fault::conflict, "is attached to compute " + first);
}

BOOST_AUTO_TEST_CASE(a_clone_is_a_disk_of_its_own_that_goes_with_its_link) {
    const auto storage = agent.image(), compute = machine();
    auto wanted = disk(compute, storage);
    wanted.mixins.push_back(known.clone);
    const auto link = make(wanted);
    const auto volume = spec_of(compute).disks.back().volume;
    BOOST_TEST(volume != storage);
    BOOST_TEST(read(link)["mixins"][0] == "urn:occi-agent:mixin#clone");
    BOOST_TEST(remove(link).status == 200);
    BOOST_TEST(!has_volume(volume));
    BOOST_TEST(has_volume(storage));
}

const std::vector<std::tuple<std::string, bool, std::string>> devices = {
    {"/dev/vda", true, "/dev/vda is taken"},
    {"/dev/sdb", false, "none of /dev/vda to /dev/vdx"},
    {"/dev/vdz", false, "none of"},
    {"/dev/../vdb", false, "none of"},
    {"", false, "none of"},
};
BOOST_DATA_TEST_CASE(a_device_that_cannot_be_is_refused, data::make(devices), device, well_formed, sentence) {
    refuses(disk(machine(), agent.image(), {{name::deviceid, device}}),
            well_formed ? Fault::conflict : Fault::invalid, sentence);
}

BOOST_AUTO_TEST_CASE(a_mountpoint_is_words_that_can_be_shown) {
    const auto compute = machine(), storage = agent.image();
    refuses(disk(compute, storage, {{name::mountpoint, "/a\nb"}}), Fault::invalid, "a mount point");
    refuses(disk(compute, storage, {{name::mountpoint, std::string(2000, 'x')}}), Fault::invalid,
            "at most 1024");
}

BOOST_AUTO_TEST_CASE(the_first_disk_stays) {
    const auto compute = machine();
    const auto link = read("/compute/" + compute)["links"][0]["attributes"]["occi.core.id"];
    const auto path = "/storagelink/" + link.get<std::string>();
    BOOST_TEST(remove(path).status == 403);
    BOOST_TEST(client.get(path).status == 200);
}

// What it boots from next is its user's matter; the storage is there by itself.
BOOST_AUTO_TEST_CASE(a_storage_that_is_the_only_disk_goes_when_the_machine_is_off) {
    const auto storage = agent.image();
    const auto compute = machine_from(storage);
    const auto link =
        read("/compute/" + compute)["links"][0]["attributes"]["occi.core.id"].get<std::string>();
    const auto running = remove("/storagelink/" + link);
    BOOST_TEST(running.status == 409);
    BOOST_TEST(support::has(running.body, "cannot be taken away before it is off"));
    BOOST_REQUIRE_EQUAL(client.put("/compute/" + compute, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>").status,
                        202);
    BOOST_REQUIRE(agent.becomes(compute, "STOPPED"));
    BOOST_TEST(remove("/storagelink/" + link).status == 200);
    BOOST_TEST(spec_of(compute).disks.empty());
    BOOST_TEST(has_volume(storage));
    BOOST_TEST(client.remove("/storage/" + storage).status == 204);
    const auto started = client.put("/compute/" + compute, "<COMPUTE><STATE>RESUME</STATE></COMPUTE>");
    BOOST_TEST((end_of(started.id()).stage == state::Stage::done));
}

BOOST_AUTO_TEST_CASE(the_only_disk_stays_in_a_machine_that_was_started_before_its_turn) {
    const auto storage = agent.image();
    const auto compute = machine_from(storage);
    client.put("/compute/" + compute, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>");
    BOOST_REQUIRE(agent.becomes(compute, "STOPPED"));
    BOOST_REQUIRE(is_free(compute));
    agent.host().hold("compute.start");
    client.put("/compute/" + compute, "<COMPUTE><STATE>RESUME</STATE></COMPUTE>");
    BOOST_REQUIRE(agent.host().wait_until_held("compute.start"));
    const auto change = client.put("/compute/" + compute, "<COMPUTE><DISKS/></COMPUTE>");
    BOOST_REQUIRE_EQUAL(change.status, 202);
    agent.host().release("compute.start");
    const auto ended = end_of(change.id());
    BOOST_TEST((ended.stage == state::Stage::failed));
    BOOST_TEST(support::has(ended.message, "the machine boots from it"));
    BOOST_TEST(spec_of(compute).disks.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_guest_that_does_not_let_go_keeps_its_link) {
    const auto storage = agent.image(), compute = machine();
    const auto link = make(disk(compute, storage));
    agent.host().set_deaf(compute);
    const auto answer = remove(link);
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("the guest does not release vdb") != std::string::npos);
    BOOST_TEST(client.get(link).status == 200);
    BOOST_TEST(client.remove("/storage/" + storage).status == 409);
    agent.host().set_deaf(compute, false);
    BOOST_TEST(remove(link).status == 200);
}

BOOST_AUTO_TEST_CASE(a_storage_outlives_its_machine) {
    const auto storage = agent.image(), compute = machine();
    make(disk(compute, storage));
    BOOST_TEST(remove("/compute/" + compute).status == 200);
    BOOST_TEST(has_volume(storage));
    BOOST_TEST(client.remove("/storage/" + storage).status == 204);
}

BOOST_AUTO_TEST_CASE(a_machine_can_begin_with_storages_and_devices_of_its_choice) {
    const auto system = agent.image("system"), more = agent.image("more");
    occi::Resource wanted;
    wanted.kind = known.compute;
    wanted.links.push_back(disk("", more, {{name::deviceid, "/dev/vdb"}}));
    wanted.links.push_back(disk("", system, {{name::deviceid, "/dev/vda"}}));
    const auto made = computes.create(wanted, false, terms);
    BOOST_TEST((end_of(made.operation.id).stage == state::Stage::done));
    BOOST_TEST(service::Links::made_by(made.operation).empty(), "a machine is no link");
    const auto disks = spec_of(made.id).disks;
    BOOST_TEST_REQUIRE(disks.size() == 2U);
    BOOST_TEST(disks[0].volume == system);
    BOOST_TEST(disks[1].volume == more);

    wanted.links[1].target = wanted.links[0].target = "/storage/" + agent.image("third");
    refused(Fault::conflict, "cannot be attached twice", [&] { computes.create(wanted, false, terms); });
}

// The draft's XML has one word for a clone and for the storage itself.
BOOST_AUTO_TEST_CASE(xml_shows_an_attached_storage_and_takes_it_back_unchanged) {
    const auto storage = agent.image(), compute = machine();
    make(disk(compute, storage));
    const auto path = "/compute/" + compute;
    const auto shown = client.get(path).body;
    BOOST_TEST(shown.find("<DISK image=\"" + storage + "\"") != std::string::npos);
    BOOST_TEST(client.put(path, shown).status == 200);

    auto more = shown;
    more.insert(more.find("</DISKS>"), "<SWAP size=\"9\"/>");
    const auto changed = client.put(path, more);
    BOOST_TEST_REQUIRE(changed.status == 202);
    BOOST_REQUIRE(agent.operations().wait(changed.id(), std::chrono::seconds(20)));
    BOOST_TEST(spec_of(compute).disks.size() == 3U);
    BOOST_TEST(spec_of(compute).disks[1].volume == storage);

    const auto without = client.put(path, "<COMPUTE><DISKS><SWAP size=\"8\"/></DISKS></COMPUTE>");
    BOOST_REQUIRE(agent.operations().wait(without.id(), std::chrono::seconds(20)));
    BOOST_TEST(spec_of(compute).disks.size() == 1U);
    BOOST_TEST(has_volume(storage));
}

BOOST_AUTO_TEST_SUITE_END()
