// The limit of connections from one address, on an address that is not loopback: only a namespace of our own has one to
// spare.
#define BOOST_TEST_DYN_LINK
#include "agent/base/process.hh"
#include "tests/support/eventually.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_peer.hh"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

namespace {

using namespace wire;

constexpr auto address = "10.250.0.1";

// An address more of this private host, on its loopback device. Temp: takes it away again.
class OwnAddress {
public:
    OwnAddress() {
        if (change("add") != 0) throw std::runtime_error("cannot add an address");
    }
    ~OwnAddress() { change("del"); }
    OwnAddress(const OwnAddress&) = delete;
    OwnAddress& operator=(const OwnAddress&) = delete;

private:
    static int change(const std::string& verb) {
        return process::run("/sbin/ip", {"address", verb, std::string(address) + "/32", "dev", "lo"},
                            std::chrono::seconds(10))
            .status;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(live_address_limit)

BOOST_AUTO_TEST_CASE(turns_away_what_one_address_has_too_many_of_and_nobody_else) {
    const OwnAddress own;
    http::Limits limits;
    limits.connections_per_address = 3;
    Office office(limits, "0.0.0.0:0");
    auto far = office.endpoint, near = office.endpoint;
    far.host = address;
    near.host = "127.0.0.1";
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 3; ++i) {
        peers.push_back(std::make_unique<Peer>(far));
        BOOST_TEST(peers.back()->ask(get("/peer")).body.starts_with(address));
    }
    const auto refused = Peer(far).ask(get("/"));
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.header("Retry-After") != "");
    for (int i = 0; i < 8; ++i) peers.push_back(std::make_unique<Peer>(near));
    for (const auto& peer : peers) BOOST_TEST(peer->ask(get("/")).status == 200);
    peers.erase(peers.begin());
    BOOST_TEST(support::eventually([&] { return Peer(far).ask(get("/")).status == 200; }));
}

BOOST_AUTO_TEST_SUITE_END()
