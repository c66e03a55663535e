#define BOOST_TEST_DYN_LINK
#include "agent/watchdog.hh"
#include "tests/support/agent_under_test.hh"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace {

// What systemd would hear.
class Notified {
public:
    Notified() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        const auto path = (folder_.path() / "notify").string();
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        BOOST_REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                      0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    ~Notified() {
        ::unsetenv("NOTIFY_SOCKET");
        ::unsetenv("WATCHDOG_USEC");
    }
    Notified(const Notified&) = delete;
    Notified& operator=(const Notified&) = delete;

    std::optional<std::string> next() {
        pollfd waiter{socket_.get(), POLLIN, 0};
        if (::poll(&waiter, 1, 10'000) != 1) return std::nullopt;
        char bytes[4096];
        const auto count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
        return std::string(bytes, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    // Whether that message comes soon, whatever comes before it.
    bool hears(const std::string& wanted) {
        constexpr int most = 200;
        for (int i = 0; i < most; ++i) {
            const auto message = next();
            if (!message || *message == wanted) return message.has_value();
        }
        return false;
    }

private:
    support::TempFolder folder_;
    Descriptor socket_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(watchdog)

BOOST_AUTO_TEST_CASE(is_fed_for_as_long_as_connections_are_served) {
    support::AgentUnderTest agent;
    Notified systemd;
    ::setenv("WATCHDOG_USEC", "200000", 1);
    const Watchdog dog(agent.server(), agent.context());
    for (int i = 0; i < 3; ++i) BOOST_TEST(systemd.hears("WATCHDOG=1"));
    agent.server().stop(std::chrono::seconds(1));
    agent.host().lose("on purpose");
    BOOST_TEST(systemd.hears("STATUS=degraded: libvirt does not answer: on purpose"));
    // The next round, which ends with this news, has asked the server before.
    agent.host().come_back();
    BOOST_TEST(systemd.next().value_or("") == "STATUS=ready");
}

BOOST_AUTO_TEST_CASE(tells_how_the_agent_is_when_that_changes) {
    support::AgentUnderTest agent;
    Notified systemd;
    ::setenv("WATCHDOG_USEC", "40000", 1);
    const Watchdog dog(agent.server(), agent.context());
    BOOST_TEST(systemd.hears("STATUS=ready"));
    agent.host().lose("gone\non purpose");
    BOOST_TEST(systemd.hears("STATUS=degraded: libvirt does not answer: gone\\x0aon purpose"));
    agent.host().come_back();
    BOOST_TEST(systemd.hears("STATUS=ready"));
}

BOOST_AUTO_TEST_CASE(says_that_the_agent_is_ready_when_the_default_network_is_there) {
    support::AgentUnderTest agent;
    const auto network = agent.inventory().now()->network_records.begin()->first;
    BOOST_REQUIRE_EQUAL(agent.client().remove("/network/" + network).status, 204);
    agent.restart_blind();
    agent.host().hold("network.create");
    Notified systemd;
    ::setenv("WATCHDOG_USEC", "40000", 1);
    agent.host().come_back();
    BOOST_REQUIRE(agent.host().wait_until_held("network.create"));
    const Watchdog dog(agent.server(), agent.context());
    BOOST_TEST(
        systemd.next().value_or("") ==
        "STATUS=degraded: the default network occi-default is being made: computes that name no network "
        "wait for it");
    agent.host().release("network.create");
    BOOST_TEST(systemd.next().value_or("") == "READY=1");
    BOOST_TEST(systemd.hears("STATUS=ready"));
}

BOOST_AUTO_TEST_CASE(says_that_the_agent_is_ready_when_libvirt_is_away) {
    support::AgentUnderTest agent;
    agent.restart_blind();
    BOOST_REQUIRE(agent.inventory().wait([](const auto& seen) { return !seen.why_lost.empty(); },
                                         std::chrono::seconds(20)));
    Notified systemd;
    const Watchdog dog(agent.server(), agent.context());
    BOOST_TEST(systemd.next().value_or("") == "READY=1");
    BOOST_TEST(systemd.hears("STATUS=degraded: libvirt does not answer: on purpose"));
}

BOOST_AUTO_TEST_CASE(ends_in_the_midst_of_its_pause_and_when_nobody_listens) {
    support::AgentUnderTest agent;
    {
        Notified systemd;
        ::setenv("WATCHDOG_USEC", "3600000000", 1);
        const Watchdog dog(agent.server(), agent.context());
        BOOST_TEST(systemd.hears("STATUS=ready"));
    }
    const Watchdog nobody(agent.server(), agent.context());
}

BOOST_AUTO_TEST_SUITE_END()
