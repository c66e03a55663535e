// Links by themselves, over the fake driver: what is attached to a compute, by whom it may be, and what is left when it
// goes.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/links.hh"
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace data = boost::unit_test::data;
namespace name = occi::name;
using nlohmann::json;

namespace {

using Words = std::map<std::string, std::string>;

struct Fixture : wire::Fixture {
    service::Networks networks{agent.context()};
    service::Storages storages{agent.context()};
    service::Computes computes{agent.context(), networks, storages};
    service::Links links{agent.context(), computes};
    const occi::Model::Known& known = agent.context().model.known();
    const service::Terms terms{{"local", auth::Role::administrator}};

    std::string machine(const std::string& inside = "<SWAP size=\"8\"/>") {
        return agent.compute("<COMPUTE><DISKS>" + inside + "</DISKS><NICS/></COMPUTE>");
    }
    static std::string clone(const std::string& image) { return "<DISK image=\"" + image + "\"/>"; }

    occi::Link disk(const std::string& compute, const std::string& storage, const Words& words = {}) const {
        occi::Link link;
        link.kind = known.storagelink;
        link.source = "/compute/" + compute;
        link.target = "/storage/" + storage;
        for (const auto& [key, value] : words) link.attributes[key] = value;
        return link;
    }
    occi::Link nic(const std::string& compute, const std::string& network, const Words& words = {}) const {
        auto link = disk(compute, "", words);
        link.kind = known.networkinterface;
        link.target = "/network/" + network;
        if (words.contains(name::nic_address)) link.mixins.push_back(known.ipnetworkinterface);
        return link;
    }

    // Its path, once it is there.
    std::string make(const occi::Link& link) {
        const auto made = links.create(link, terms);
        const auto ended = end_of(made.operation.id);
        BOOST_TEST_REQUIRE((ended.stage == state::Stage::done), ended.message);
        BOOST_TEST(service::Links::made_by(ended) == made.id);
        return link.kind->location + made.id;
    }
    support::Answer remove(const std::string& path) {
        return client.send("DELETE", path, {}, {{"Accept", "text/plain"}});
    }
    std::size_t reservations(const std::string& network) {
        return agent.host().network().find(network).value().reservations.size();
    }

    // Of disks and NICs; the default network may be on its way beside them.
    std::size_t changes_asked_for() const {
        const auto all = client.get("/-/operations").body;
        std::size_t count = 0;
        for (auto at = all.find("\"change "); at != all.npos; at = all.find("\"change ", at + 1)) ++count;
        return count;
    }

    template <class F> static void refused(Fault fault, const std::string& sentence, F&& act) {
        BOOST_CHECK_EXCEPTION(act(), Error, [&](const Error& failure) {
            BOOST_TEST_CONTEXT(failure.what())
            BOOST_TEST(std::string(failure.what()).find(sentence) != std::string::npos);
            return failure.fault() == fault;
        });
    }
    void refuses(const occi::Link& link, Fault fault, const std::string& sentence) {
        const auto before = changes_asked_for();
        refused(fault, sentence, [&] { links.create(link, terms); });
        BOOST_TEST(changes_asked_for() == before);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_link, Fixture)

// ---- disks ---------------------------------------------------------------------------------------------------------

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
    occi::Resource wanted;
    wanted.kind = known.compute;
    wanted.links.push_back(disk("", storage));
    const auto compute = computes.create(wanted, false, terms).id;
    BOOST_REQUIRE(agent.becomes(compute, "ACTIVE"));
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
    occi::Resource wanted;
    wanted.kind = known.compute;
    wanted.links.push_back(disk("", storage));
    const auto compute = computes.create(wanted, false, terms).id;
    BOOST_REQUIRE(agent.becomes(compute, "ACTIVE"));
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

// ---- NICs ----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_nic_comes_with_the_mac_and_the_address_that_were_asked_for) {
    const auto network = agent.network(), compute = machine();
    const auto link =
        make(nic(compute, network, {{name::mac, "02:00:5E:00:00:07"}, {name::nic_address, "10.1.0.9"}}));
    const auto shown = read(link)["attributes"];
    BOOST_TEST(shown["occi.networkinterface.mac"] == "02:00:5e:00:00:07");
    BOOST_TEST(shown["occi.networkinterface.address"] == "10.1.0.9");
    BOOST_TEST(shown["occi.networkinterface.interface"] == "eth0");
    BOOST_TEST(shown["occi.networkinterface.allocation"] == "dynamic");
    BOOST_TEST(!shown.contains("occi.networkinterface.gateway"), "nobody is let out of an isolated network");
    BOOST_TEST(reservations(network) == 1U);
    BOOST_TEST(client.remove("/network/" + network).status == 409);

    const auto other = machine();
    refuses(nic(other, network, {{name::mac, "02:00:5e:00:00:07"}}), Fault::conflict, "is taken");
    refuses(nic(other, network, {{name::nic_address, "10.1.0.9"}}), Fault::conflict, "is taken");

    BOOST_TEST(remove(link).status == 200);
    BOOST_TEST(client.get(link).status == 404);
    BOOST_TEST(spec_of(compute).nics.empty());
    BOOST_TEST(reservations(network) == 0U);
    make(nic(other, network, {{name::mac, "02:00:5e:00:00:07"}, {name::nic_address, "10.1.0.9"}}));
}

BOOST_AUTO_TEST_CASE(nics_get_what_is_free_when_nothing_is_asked_for) {
    const auto network = agent.network(), compute = machine();
    const auto first = make(nic(compute, network)), second = make(nic(compute, network));
    BOOST_TEST(first != second);
    BOOST_TEST(read(first)["attributes"]["occi.networkinterface.address"] == "10.1.0.2");
    BOOST_TEST(read(second)["attributes"]["occi.networkinterface.address"] == "10.1.0.3");
    BOOST_TEST(read(second)["attributes"]["occi.networkinterface.interface"] == "eth1");
}

BOOST_AUTO_TEST_CASE(a_network_that_lets_guests_out_shows_its_gateway) {
    const auto made = client.post(
        "/network", "<NETWORK><NAME>n</NAME><ADDRESS>10.3.0.0</ADDRESS><MODE>nat</MODE></NETWORK>");
    BOOST_TEST_REQUIRE(made.status == 201);
    const auto link = make(nic(machine(), made.id()));
    BOOST_TEST(read(link)["attributes"]["occi.networkinterface.gateway"] == "10.3.0.1");
}

const std::vector<std::string> no_macs = {"",
                                          "52:54:00:12:34",
                                          "52:54:00:12:34:5g",
                                          "52-54-00-12-34-56",
                                          "01:00:5e:00:00:01",
                                          "ff:ff:ff:ff:ff:ff",
                                          "00:00:00:00:00:00"};
BOOST_DATA_TEST_CASE(a_mac_that_no_nic_can_have_is_refused, data::make(no_macs), mac) {
    refuses(nic(machine(), agent.network(), {{name::mac, mac}}), Fault::invalid, "MAC address");
}

BOOST_AUTO_TEST_CASE(a_guest_that_does_not_let_go_keeps_its_nic_and_its_address) {
    const auto network = agent.network(), compute = machine();
    const auto link = make(nic(compute, network));
    agent.host().set_deaf(compute);
    const auto answer = remove(link);
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("the guest does not release") != std::string::npos);
    BOOST_TEST(client.get(link).status == 200);
    BOOST_TEST(reservations(network) == 1U);
    BOOST_TEST(remove("/compute/" + compute).status == 200);
    BOOST_TEST(reservations(network) == 0U);
}

BOOST_AUTO_TEST_CASE(a_nic_that_cannot_be_plugged_in_leaves_no_address_behind) {
    const auto network = agent.network(), compute = machine();
    agent.host().fail_next("compute.attach_nic", Error(Fault::conflict, "no slot"));
    const auto ended = end_of(links.create(nic(compute, network), terms).operation.id);
    BOOST_TEST((ended.stage == state::Stage::failed));
    BOOST_TEST((ended.fault == Fault::conflict));
    BOOST_TEST(reservations(network) == 0U);
    BOOST_TEST(spec_of(compute).nics.empty());
    make(nic(compute, network));
}

// ---- ends ----------------------------------------------------------------------------------------------------------

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
