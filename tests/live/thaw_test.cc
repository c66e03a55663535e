// A libvirtd that stands still while connections to it are opened: once it goes on, it is found, however many attempts
// were given up meanwhile.
#define BOOST_TEST_DYN_LINK
#include "drivers/libvirt/connection.hh"
#include "tests/live/crowd.hh"
#include "tests/live/frozen.hh"
#include "tests/live/node.hh"
#include "tests/live/row.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

using namespace std::chrono_literals;
using hv::libvirt::Connection;
using hv::libvirt::Lane;

namespace {

// So quick that attempts are given up as after minutes.
constexpr Connection::Timing quick{20ms, 5ms};
constexpr auto soon = 5s;

int tries() {
    const auto* wanted = std::getenv("THAWS");
    return wanted ? std::atoi(wanted) : 10;
}

} // namespace

BOOST_AUTO_TEST_SUITE(live_thaw)

BOOST_AUTO_TEST_CASE(is_found_after_each_of_many_thaws) {
    std::chrono::microseconds slowest{};
    for (int attempt = 0; attempt < tries(); ++attempt) {
        std::optional<live::Frozen> frozen(std::in_place, live::libvirtd());
        const auto lost = std::make_shared<std::atomic<int>>(0);
        Connection connection("qemu:///system", quick);
        connection.start({{}, {}, [lost](const std::string&) { ++*lost; }});
        // The first attempt is given up, and the third, and none any more.
        BOOST_REQUIRE(support::eventually([&] { return *lost > 0; }));
        connection.wait(
            std::chrono::milliseconds(attempt * 7 % 150)); // it cannot be found: at any point of its attempts
        frozen.reset();
        const live::Stopwatch watch;
        BOOST_TEST_REQUIRE(connection.wait(soon));
        BOOST_TEST(connection.with(Lane::watch, virConnectNumOfDomains) >= 0);
        slowest = std::max(slowest, watch.time());
        connection.stop();
    }
    live::row("start under a stopped libvirtd, " + std::to_string(tries()) + " times",
              "found after the thaw, the slowest after " + live::to_text(slowest));
}

BOOST_AUTO_TEST_SUITE_END()
