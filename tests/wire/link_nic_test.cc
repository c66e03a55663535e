// NICs as links: their addresses, and what is left of those when a link goes.
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

BOOST_FIXTURE_TEST_SUITE(wire_link_nic, wire::LinkFixture)

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

BOOST_DATA_TEST_CASE(an_address_that_is_no_guests_is_refused,
                     data::make({"10.1.0.0", "10.1.0.1", "10.1.0.255"}), address) {
    const auto network = agent.network(), compute = machine();
    refuses(nic(compute, network, {{name::nic_address, std::string(address)}}), Fault::conflict, address);
    BOOST_TEST(reservations(network) == 0U);
    BOOST_TEST(spec_of(compute).nics.empty());
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

BOOST_AUTO_TEST_SUITE_END()
