// Networks that go down and up under real guests: what OCCI says of them is so in libvirt, in QEMU, and on the wire.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/eventually.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>

using nlohmann::json;

namespace {

struct Fixture : live::Fixture {
    explicit Fixture(const support::AgentSettings& settings = {}) : live::Fixture(settings) {}

    std::string state(const std::string& network) const {
        return read("/network/" + network)["attributes"]["occi.network.state"];
    }
    std::string nic_state(const std::string& compute) const {
        const auto shown = read("/compute/" + compute);
        for (const auto& link : shown["links"])
            if (link["attributes"].contains("occi.networkinterface.state"))
                return link["attributes"]["occi.networkinterface.state"];
        return "none";
    }
    void act(const std::string& network, const std::string& action, const std::string& leads_to) const {
        BOOST_TEST(ask(network, action).status == 200);
        BOOST_TEST(all_has_ended());
        BOOST_TEST(state(network) == leads_to);
    }
    Handle<virNetwork, virNetworkFree> in_libvirt(const std::string& network) const {
        return Handle<virNetwork, virNetworkFree>(
            virNetworkLookupByName(node.connection(), ("occi-" + network).c_str()));
    }
    // As far as networks go; the store of another agent before this may have been lost.
    bool is_well() const {
        const auto parts = health()["parts"];
        return parts["networks"]["status"] == "ready" && parts["notices"]["status"] == "ready";
    }
    // Without the hardware address of its bridge, which libvirt makes up.
    std::string definition_of(const std::string& network) const {
        const Handle<char, std::free> xml(
            virNetworkGetXMLDesc(in_libvirt(network).get(), VIR_NETWORK_XML_INACTIVE));
        std::string definition = xml ? xml.get() : "none";
        const auto mac = definition.find("<mac ");
        return mac == definition.npos ? definition : definition.erase(mac, definition.find("/>", mac) - mac);
    }
    support::Answer ask(const std::string& network, const std::string& action) const {
        return live::Fixture::act("/network/" + network, action);
    }
    // In the domain that runs; its definition says nothing of it.
    bool is_plugged_in(const std::string& compute) const {
        return node.xml_of("occi-" + compute).find("<link state='down'/>") == std::string::npos;
    }
    void leave_nothing(const std::string& compute, const std::string& network, const std::string& image) {
        remove("/compute/" + compute);
        remove("/network/" + network);
        remove("/storage/" + image);
        BOOST_TEST(nothing_is_left());
    }
};

struct OfLinux : Fixture {
    OfLinux() : Fixture({.arch = "x86_64"}) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(live_network_state)

BOOST_FIXTURE_TEST_CASE(a_guest_is_cut_off_and_connected_again, OfLinux) {
    const auto image = this->image("linux.qcow2");
    const auto network = this->network("10.203.0.0");
    const auto guest =
        compute("<TYPE>custom</TYPE><CPU>1</CPU><MEMORY>160</MEMORY><DISKS>" + live::disk(image) +
                "</DISKS><NICS>" + live::nic(network, "10.203.0.7") + "</NICS>");
    BOOST_TEST(becomes(guest, "ACTIVE"));
    BOOST_TEST(says(guest, "GUEST: dhcp eth0 10.203.0.7"));
    BOOST_TEST(live::answers_ping("10.203.0.7"));
    BOOST_TEST(nic_state(guest) == "active");

    act(network, "down", "inactive");
    BOOST_TEST(!live::answers_one_ping("10.203.0.7"));
    BOOST_TEST(!is_plugged_in(guest));
    BOOST_TEST(nic_state(guest) == "inactive");
    BOOST_TEST(state_of(guest) == "ACTIVE");
    BOOST_TEST(node.is_active_network("occi-" + network), "it was taken away under a guest that runs");
    BOOST_TEST(!node.starts_with_the_host("occi-" + network));

    act(network, "up", "active");
    BOOST_TEST(live::answers_ping("10.203.0.7"));
    BOOST_TEST(is_plugged_in(guest));
    BOOST_TEST(nic_state(guest) == "active");
    BOOST_TEST(node.starts_with_the_host("occi-" + network));
    live::row("a network down and up under a Linux guest", "answers ping, does not, and does again");
    leave_nothing(guest, network, image);
}

BOOST_FIXTURE_TEST_CASE(libvirts_network_rests_while_nobody_runs_on_it, Fixture) {
    const auto image = this->image("micro.raw");
    const auto network = this->network("10.203.0.0");
    const auto guest =
        compute("<DISKS>" + live::disk(image) + "</DISKS><NICS>" + live::nic(network) + "</NICS>");
    BOOST_TEST(becomes(guest, "ACTIVE"));
    BOOST_TEST(put(guest, "CANCEL").status == 202);
    BOOST_TEST(becomes(guest, "STOPPED"));

    act(network, "down", "inactive");
    BOOST_TEST(!node.is_active_network("occi-" + network));
    agent.restart();
    BOOST_TEST(state(network) == "inactive");
    const auto refused = put(guest, "RESUME");
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(refused.body.find("network " + network + " is down") != std::string::npos);
    BOOST_TEST(!node.is_running("occi-" + guest));

    act(network, "up", "active");
    BOOST_TEST(node.is_active_network("occi-" + network));
    BOOST_TEST(put(guest, "RESUME").status == 202);
    BOOST_TEST(becomes(guest, "ACTIVE"));
    BOOST_TEST(is_plugged_in(guest));
    live::row("a network down and up while its guest is off",
              "libvirt's network rests, over a restart of the agent too; a start is refused meanwhile");
    leave_nothing(guest, network, image);
}

BOOST_FIXTURE_TEST_CASE(saved_memory_comes_back_connected, Fixture) {
    const auto image = this->image("micro.raw");
    const auto network = this->network("10.203.0.0");
    const auto guest =
        compute("<DISKS>" + live::disk(image) + "</DISKS><NICS>" + live::nic(network) + "</NICS>");
    BOOST_TEST(becomes(guest, "ACTIVE"));
    act(network, "down", "inactive");
    BOOST_TEST(!is_plugged_in(guest));
    BOOST_TEST(put(guest, "STOPPED").status == 202);
    BOOST_TEST(becomes(guest, "STOPPED"));
    act(network, "up", "active");
    BOOST_TEST(put(guest, "RESUME").status == 202);
    BOOST_TEST(becomes(guest, "ACTIVE"));
    BOOST_TEST(support::eventually([&] { return is_plugged_in(guest); }));
    live::row("memory saved while its network was down", "comes back with its cable plugged in");
    leave_nothing(guest, network, image);
}

BOOST_FIXTURE_TEST_CASE(goes_nowhere_when_somebody_else_has_removed_it, Fixture) {
    const auto network = this->network("10.203.0.0");
    {
        const auto theirs = in_libvirt(network);
        BOOST_REQUIRE(theirs && virNetworkDestroy(theirs.get()) == 0 &&
                      virNetworkUndefine(theirs.get()) == 0);
    }
    BOOST_TEST(support::eventually([&] { return state(network) == "error"; }));
    for (const auto* action : {"up", "down"}) {
        const auto refused = ask(network, action);
        BOOST_TEST(refused.status == 409, refused.body);
        BOOST_TEST(refused.body.find("libvirt has it no longer") != std::string::npos, refused.body);
    }
    BOOST_TEST(all_has_ended());
    remove("/network/" + network);
    BOOST_TEST(nothing_is_left());
}

BOOST_FIXTURE_TEST_CASE(the_default_one_comes_back_for_its_computes_when_somebody_else_has_removed_it,
                        Fixture) {
    const auto image = this->image("micro.raw");
    const auto guest = compute("<DISKS>" + live::disk(image) + "</DISKS>");
    BOOST_TEST(becomes(guest, "ACTIVE"));
    go(guest, "CANCEL", "STOPPED");
    const auto network = ids("/network/").front();
    const auto with_guest = definition_of("default");
    {
        const auto theirs = in_libvirt("default");
        BOOST_REQUIRE(theirs && virNetworkUndefine(theirs.get()) == 0 &&
                      virNetworkDestroy(theirs.get()) == 0);
    }
    BOOST_TEST(support::eventually([&] { return node.is_active_network("occi-default"); }));
    BOOST_TEST(support::eventually([&] { return is_well(); }), health().dump());
    BOOST_TEST(state(network) == "active");
    BOOST_TEST(definition_of("default") == with_guest);
    BOOST_TEST(node.starts_with_the_host("occi-default"));
    go(guest, "RESUME", "ACTIVE");
    const auto another = compute("<DISKS>" + live::disk(image) + "</DISKS>");
    BOOST_TEST(becomes(another, "ACTIVE"));
    live::row("the default network, undefined and destroyed by virsh",
              "is there again, with its addresses and its computes' reservations");
    remove("/compute/" + another);
    remove("/compute/" + guest);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_FIXTURE_TEST_CASE(the_default_one_stays_stopped_when_somebody_else_has_stopped_it, Fixture) {
    const auto network = ids("/network/").front();
    BOOST_REQUIRE(virNetworkDestroy(in_libvirt("default").get()) == 0);
    BOOST_TEST(support::eventually([&] { return state(network) == "inactive"; }));
    BOOST_TEST(health().dump().find("bring it up (action up)") != std::string::npos, health().dump());
    const auto refused = client.post("/compute", "<COMPUTE/>");
    BOOST_TEST(refused.status == 409, refused.body);
    BOOST_TEST(refused.body.find("bring it up (action up)") != std::string::npos, refused.body);
    BOOST_TEST(!node.is_active_network("occi-default"));
    act(network, "up", "active");
    BOOST_TEST(support::eventually([&] { return is_well(); }), health().dump());
    BOOST_TEST(nothing_is_left());
}

BOOST_FIXTURE_TEST_CASE(says_that_somebody_else_has_undefined_it_and_is_whole_when_it_is_brought_up,
                        Fixture) {
    const auto image = this->image("micro.raw");
    const auto network = this->network("10.203.0.0");
    BOOST_REQUIRE(virNetworkUndefine(in_libvirt(network).get()) == 0);
    BOOST_TEST(support::eventually([&] { return state(network) == "error"; }));
    BOOST_TEST(health().dump().find("somebody else has undefined it") != std::string::npos, health().dump());
    act(network, "up", "active");
    BOOST_TEST(virNetworkIsPersistent(in_libvirt(network).get()) == 1);
    BOOST_TEST(node.starts_with_the_host("occi-" + network));
    const auto guest =
        compute("<DISKS>" + live::disk(image) + "</DISKS><NICS>" + live::nic(network) + "</NICS>");
    BOOST_TEST(becomes(guest, "ACTIVE"));
    leave_nothing(guest, network, image);
}

BOOST_FIXTURE_TEST_CASE(does_not_come_up_while_its_bridge_has_the_name_of_another, Fixture) {
    const auto network = this->network("10.203.0.0");
    act(network, "down", "inactive");
    const Handle<char, std::free> bridge(virNetworkGetBridgeName(in_libvirt(network).get()));
    BOOST_REQUIRE(bridge);
    {
        const live::HostBridge theirs(bridge.get());
        const auto refused = ask(network, "up");
        BOOST_TEST(refused.status == 409, refused.body);
        BOOST_TEST(refused.body.find("another device of this host has that name") != std::string::npos,
                   refused.body);
        BOOST_TEST(all_has_ended());
    }
    act(network, "up", "active");
    remove("/network/" + network);
    BOOST_TEST(nothing_is_left());
}

BOOST_FIXTURE_TEST_CASE(is_removed_while_it_is_down, Fixture) {
    const auto network = this->network("10.203.0.0");
    act(network, "down", "inactive");
    remove("/network/" + network);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
