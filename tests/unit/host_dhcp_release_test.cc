#define BOOST_TEST_DYN_LINK
#include "drivers/host/dhcp_release.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <vector>

namespace bdata = boost::unit_test::data;

namespace {

constexpr std::array no_macs{"",
                             "52:54:00:00:00",
                             "52:54:00:00:00:00:00",
                             "52-54-00-00-00-00",
                             "52:54:00:00:00:0g",
                             "52:54:00:00:00:0"};

} // namespace

BOOST_AUTO_TEST_SUITE(host_dhcp_release)

BOOST_AUTO_TEST_CASE(a_mac_is_six_bytes) {
    BOOST_TEST(
        (hv::host::parse_mac("52:54:00:0a:Ff:01") == hv::host::Mac{0x52, 0x54, 0x00, 0x0a, 0xff, 0x01}));
}

BOOST_DATA_TEST_CASE(anything_else_is_no_mac, bdata::make(no_macs), written) {
    BOOST_TEST(!hv::host::parse_mac(written).has_value());
}

BOOST_AUTO_TEST_CASE(the_message_is_laid_out_as_in_rfc_2131) {
    const auto message = hv::host::release_message({0x52, 0x54, 0, 1, 2, 3}, *Ipv4::parse("10.1.2.3"),
                                                   *Ipv4::parse("10.1.0.1"));
    const auto part = [&](std::size_t at, std::size_t length) {
        const auto from = message.begin() + static_cast<std::ptrdiff_t>(at);
        return std::vector<int>(from, from + static_cast<std::ptrdiff_t>(length));
    };
    BOOST_TEST(message.size() == 300U);
    BOOST_TEST((part(0, 4) == std::vector{1, 1, 6, 0}));
    BOOST_TEST((part(8, 8) == std::vector{0, 0, 0, 0, 10, 1, 2, 3}));
    BOOST_TEST((part(16, 12) == std::vector<int>(12)));
    BOOST_TEST((part(28, 8) == std::vector{0x52, 0x54, 0, 1, 2, 3, 0, 0}));
    BOOST_TEST((part(236, 14) == std::vector{99, 130, 83, 99, 53, 1, 7, 54, 4, 10, 1, 0, 1, 255}));
}

BOOST_AUTO_TEST_SUITE_END()
