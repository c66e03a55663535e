#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/xml_network.hh"

#include "agent/base/error.hh"
#include "agent/base/xml.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <ostream>
#include <set>
#include <string>

namespace bdata = boost::unit_test::data;
using namespace hv::libvirt;
using hv::NetworkInfo;
using hv::NetworkMode;
using hv::Reservation;

namespace hv {
static std::ostream& operator<<(std::ostream& out, NetworkMode mode) { return out << static_cast<int>(mode); }
} // namespace hv

namespace {

const Uuid some_id = "6695eb01-5b8e-4c9a-8f3d-1c2b3a4d5e6f";
const Uuid some_agent = "a0000000-0000-4000-8000-00000000000a";

NetworkInfo wanted(NetworkMode mode) {
    NetworkInfo info;
    info.id = some_id;
    info.name = "occi-" + some_id;
    info.mode = mode;
    info.bridge = mode == NetworkMode::bridge ? "br0" : "occi6695eb01";
    if (mode != NetworkMode::bridge) info.block = Ipv4Block::parse("10.112.4.0/22");
    return info;
}

constexpr std::array modes{NetworkMode::isolated, NetworkMode::nat, NetworkMode::bridge};

struct Foreign {
    std::string_view name;
    std::string_view xml; // inside of <network>
    NetworkMode mode;
    std::string_view bridge;
    std::string_view block; // empty: none
};
std::ostream& operator<<(std::ostream& out, const Foreign& each) { return out << each.name; }

constexpr std::array foreigners{
    Foreign{"nothing at all", "", NetworkMode::isolated, "", ""},
    Foreign{"libvirt's default",
            "<forward mode='nat'/><bridge name='virbr0' stp='on' delay='0'/><ip address='192.168.122.1' "
            "netmask='255.255.255.0'>"
            "<dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip>",
            NetworkMode::nat, "virbr0", "192.168.122.0/24"},
    Foreign{"a forward without a mode", "<forward/><bridge name='virbr7'/>", NetworkMode::nat, "virbr7", ""},
    Foreign{"routed",
            "<forward mode='route' dev='eth0'/><bridge name='virbr1'/><ip address='10.9.0.1' prefix='28'/>",
            NetworkMode::other, "virbr1", "10.9.0.0/28"},
    Foreign{"a bridge of the host", "<forward mode='bridge'/><bridge name='br0'/>", NetworkMode::bridge,
            "br0", ""},
    Foreign{"macvtap", "<forward mode='bridge'><interface dev='eth0'/></forward>", NetworkMode::other, "",
            ""},
    Foreign{"IPv6 before IPv4",
            "<bridge name='virbr2'/><ip family='ipv6' address='fd00::1' prefix='64'/><ip family='ipv4' "
            "address='10.8.0.1' prefix='24'/>",
            NetworkMode::isolated, "virbr2", "10.8.0.0/24"},
    Foreign{"two blocks", "<ip address='10.7.0.1' prefix='24'/><ip address='10.6.0.1' prefix='24'/>",
            NetworkMode::isolated, "", "10.7.0.0/24"},
    Foreign{"an address that is none", "<ip address='10.7.0.256' prefix='24'/>", NetworkMode::isolated, "",
            ""},
    Foreign{"a prefix that is none", "<ip address='10.7.0.1' prefix='33'/>", NetworkMode::isolated, "", ""},
    Foreign{"metadata of others", "<metadata><a:network xmlns:a='urn:somebody'/></metadata>",
            NetworkMode::isolated, "", ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_network)

BOOST_DATA_TEST_CASE(what_we_write_is_read_as_ours_and_the_same, bdata::make(modes), mode) {
    const auto made = wanted(mode);
    const auto read = network_in(network_xml(made, some_agent), some_agent);
    BOOST_TEST(read.ours);
    BOOST_TEST(read.id == made.id);
    BOOST_TEST(read.name == made.name);
    BOOST_TEST(read.mode == made.mode);
    BOOST_TEST(read.bridge == made.bridge);
    BOOST_TEST((read.block == made.block));
    BOOST_TEST(read.reservations.empty());
}

BOOST_DATA_TEST_CASE(the_host_has_the_first_address, bdata::make({NetworkMode::isolated, NetworkMode::nat}),
                     mode) {
    const auto network = xml::parse(network_xml(wanted(mode), some_agent));
    const auto* ip = network.child("ip");
    BOOST_REQUIRE(ip);
    BOOST_TEST(*ip->attribute("address") == "10.112.4.1");
    BOOST_TEST(*ip->attribute("netmask") == "255.255.252.0");
}

BOOST_DATA_TEST_CASE(dhcp_has_no_range_to_give_to_strangers,
                     bdata::make({NetworkMode::isolated, NetworkMode::nat}), mode) {
    const auto network = xml::parse(network_xml(wanted(mode), some_agent));
    BOOST_TEST(network.find("ip/dhcp"));
    BOOST_TEST(!network.find("ip/dhcp/range"));
}

BOOST_AUTO_TEST_CASE(only_a_nat_network_has_a_resolver) {
    const auto resolver_of = [](NetworkMode mode) {
        return *xml::parse(network_xml(wanted(mode), some_agent)).child("dns")->attribute("enable");
    };
    BOOST_TEST(resolver_of(NetworkMode::nat) == "yes");
    BOOST_TEST(resolver_of(NetworkMode::isolated) == "no");
}

BOOST_AUTO_TEST_CASE(a_bridge_of_the_host_is_left_as_it_is) {
    const auto network = xml::parse(network_xml(wanted(NetworkMode::bridge), some_agent));
    BOOST_TEST(network.child("bridge")->attributes.size() == 1U);
    BOOST_TEST(!network.child("ip"));
}

BOOST_DATA_TEST_CASE(a_network_of_others_is_understood, bdata::make(foreigners), foreign) {
    const auto info = network_in("<network><name>theirs</name><uuid>" + some_id + "</uuid>" +
                                     std::string(foreign.xml) + "</network>",
                                 some_agent);
    BOOST_TEST(!info.ours);
    BOOST_TEST(info.id == some_id);
    BOOST_TEST(info.name == "theirs");
    BOOST_TEST(info.mode == foreign.mode);
    BOOST_TEST(info.bridge == foreign.bridge);
    BOOST_TEST((info.block ? info.block->text() : "") == foreign.block);
}

// As earlier agents wrote it, with a bridge that is named after the network.
BOOST_AUTO_TEST_CASE(our_mark_counts_under_any_prefix) {
    const auto marked = [](const std::string& mark, const std::string& bridge) {
        return network_in("<network><uuid>" + some_id + "</uuid><bridge name='" + bridge + "'/><metadata>" +
                              mark + "</metadata></network>",
                          some_agent)
            .ours;
    };
    for (const std::string mark :
         {"<x:network xmlns:x='urn:occi-agent:network:1'/>", "<network xmlns='urn:occi-agent:network:1'/>"}) {
        BOOST_TEST(marked(mark, "occi6695eb01"));
        BOOST_TEST(!marked(mark, "virbr7"));
    }
}

// issue 11, 2
BOOST_DATA_TEST_CASE(a_copy_with_our_mark_is_of_others, bdata::make(modes), mode) {
    auto document = network_xml(wanted(mode), some_agent);
    BOOST_TEST(!network_in(document, some_id).ours); // another agent
    const auto at = document.find("<uuid>" + some_id) + 6;
    document.replace(at, some_id.size(), "99999999-5b8e-4c9a-8f3d-1c2b3a4d5e6f");
    BOOST_TEST(!network_in(document, some_agent).ours);
}

BOOST_AUTO_TEST_CASE(reservations_are_read_in_lower_case_and_without_those_that_lack_a_half) {
    const auto info = network_in(
        "<network><ip address='10.1.0.1' prefix='24'><dhcp>"
        "<host mac='52:54:00:AA:00:01' name='a' ip='10.1.0.2'/><host mac='52:54:00:aa:00:02'/>"
        "<host ip='10.1.0.4' name='c'/><host mac='52:54:00:aa:00:05' ip='10.1.0.5'/></dhcp></ip></network>",
        some_agent);
    const std::vector<Reservation> expected{{"52:54:00:aa:00:01", *Ipv4::parse("10.1.0.2")},
                                            {"52:54:00:aa:00:05", *Ipv4::parse("10.1.0.5")}};
    BOOST_TEST((info.reservations == expected));
}

BOOST_AUTO_TEST_CASE(a_network_of_twenty_thousand_reservations_is_read) {
    std::string hosts;
    for (unsigned i = 0; i < 20'000; ++i) hosts += host_xml({"52:54:00:00:00:01", Ipv4{(10U << 24) + 2 + i}});
    const auto info = network_in(
        "<network><ip address='10.0.0.1' prefix='8'><dhcp>" + hosts + "</dhcp></ip></network>", some_agent);
    BOOST_TEST(info.reservations.size() == 20'000U);
}

BOOST_AUTO_TEST_CASE(another_document_is_refused) {
    BOOST_CHECK_EXCEPTION(network_in("<pool/>", some_agent), Error,
                          [](const Error& error) { return error.fault() == Fault::invalid; });
}

BOOST_AUTO_TEST_CASE(a_bridge_is_named_after_its_network) {
    BOOST_TEST(bridge_name(some_id, [](const auto&) { return false; }) == "occi6695eb01");
}

BOOST_AUTO_TEST_CASE(a_bridge_gets_other_digits_when_its_name_is_taken) {
    const std::set<std::string> taken{"occi6695eb01", "occi695eb015"};
    BOOST_TEST(bridge_name(some_id, [&](const auto& name) { return taken.contains(name); }) ==
               "occi95eb015b");
}

BOOST_AUTO_TEST_CASE(every_name_of_a_bridge_is_one_for_the_kernel_and_there_is_an_end_to_them) {
    std::set<std::string> asked;
    BOOST_CHECK_EXCEPTION(bridge_name(some_id,
                                      [&](const auto& name) {
                                          asked.insert(name);
                                          return true;
                                      }),
                          Error, [](const Error& error) { return error.fault() == Fault::conflict; });
    BOOST_TEST(asked.size() == 25U);
    for (const auto& name : asked)
        BOOST_TEST((name.size() == 12 && name.find('-') == std::string::npos), name);
}

BOOST_AUTO_TEST_SUITE_END()
