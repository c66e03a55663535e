#define BOOST_TEST_DYN_LINK
#include "drivers/host/routes.hh"

#include "agent/base/handle.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;
using namespace hv::host;

namespace {

constexpr std::string_view heading =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

struct Line {
    std::string_view text;
    std::string_view shown; // empty: passed over
};
std::ostream& operator<<(std::ostream& out, const Line& line) { return out << line.text; }

constexpr std::array lines{
    Line{"eth0\t0001000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0", "10.0.1.0/24 route by eth0"},
    Line{"eth1\t0000000A\t0100A8C0\t0003\t0\t0\t100\t000000FF\t0\t0\t0", "10.0.0.0/8 route by eth1"},
    Line{"wg0\t0700A8C0\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0", "192.168.0.7/32 route by wg0"},
    Line{"eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0", ""}, // default
    Line{"tun0\t00000000\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0", ""}, // its lower half
    Line{"tun0\t00000080\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0", ""}, // its upper half
    Line{"lo\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0", ""},
    Line{"*\t0000000A\t00000000\t0201\t0\t0\t0\t000000FF\t0\t0\t0", ""},    // rejected
    Line{"eth0\t0001000A\t00000000\t0000\t0\t0\t0\t00FFFFFF\t0\t0\t0", ""}, // not up
    Line{"eth0\t0001000A\t00000000\t0001", ""},
    Line{"eth0\tnonsense\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0", ""},
    Line{"", ""},
};

std::string shown(const std::vector<hv::Route>& routes) {
    std::string all;
    for (const auto& route : routes) all += (all.empty() ? "" : ", ") + route.block.text() + " " + route.name;
    return all;
}

constexpr std::array odd_names{
    "", ".", "..", "../net/lo", "lo/", "lo/..", "a name with blanks", "sixteen_letters_", "no-such-device"};

} // namespace

BOOST_AUTO_TEST_SUITE(libvirt_routes)

BOOST_DATA_TEST_CASE(a_line_of_the_kernel_is_a_route_or_passed_over, bdata::make(lines), line) {
    const auto routes = routes_in(std::string(heading) + std::string(line.text) + "\n");
    BOOST_TEST(shown(routes) == line.shown);
}

BOOST_AUTO_TEST_CASE(keeps_the_order_of_the_kernel) {
    std::string table(heading);
    for (const auto& line : lines) table += std::string(line.text) + "\n";
    const auto routes = routes_in(table);
    BOOST_TEST(shown(routes) ==
               "10.0.1.0/24 route by eth0, 10.0.0.0/8 route by eth1, 192.168.0.7/32 route by wg0");
}

BOOST_AUTO_TEST_CASE(the_host_has_no_route_that_means_everywhere_or_itself) {
    for (const auto& route : routes_of_host()) {
        BOOST_TEST(route.block.prefix > 1U, route.name);
        BOOST_TEST(!route.block.overlaps(*Ipv4Block::parse("127.0.0.0/8")), route.name);
    }
}

BOOST_AUTO_TEST_CASE(the_loopback_is_a_device_and_no_bridge) {
    BOOST_TEST(is_device("lo"));
    BOOST_TEST(!is_bridge("lo"));
}

BOOST_DATA_TEST_CASE(an_odd_name_is_no_device, bdata::make(odd_names), name) {
    BOOST_TEST(!is_device(name));
    BOOST_TEST(!is_bridge(name));
}

BOOST_AUTO_TEST_SUITE_END()
