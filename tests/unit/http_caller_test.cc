// What the application is told of who is at the other end of a connection.
#define BOOST_TEST_DYN_LINK
#include "tests/support/temp_folder.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_peer.hh"

#include <boost/test/unit_test.hpp>

#include <string>
#include <unistd.h>

using namespace wire;

namespace {

// A peer of this address, which must be one of loopback.
class PeerFrom : public Peer {
public:
    PeerFrom(const std::string& address, const http::Endpoint& endpoint)
        : Peer(endpoint, [&](int socket) {
              const auto own = http::Address::of(http::parse_endpoint(address + ":0")).value();
              BOOST_TEST_REQUIRE(::bind(socket, own.raw(), own.size()) == 0);
          }) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_caller)

BOOST_AUTO_TEST_CASE(is_a_process_with_a_user_through_a_unix_socket) {
    const support::TempFolder folder;
    Office office({}, "unix:" + (folder.path() / "socket").string());
    Peer peer(office.endpoint);
    const auto uid = std::to_string(::geteuid());
    for (int i = 0; i < 2; ++i)
        BOOST_TEST(peer.ask(get("/process")).body ==
                   uid + " " + std::to_string(::getegid()) + " " + std::to_string(::getpid()));
    BOOST_TEST(peer.ask(get("/source")).body == "unix:" + uid);
    BOOST_TEST(peer.ask(get("/peer")).body == "unix");
}

BOOST_AUTO_TEST_CASE(is_an_address_through_tcp_and_each_of_loopback_one_of_its_own) {
    Office office;
    PeerFrom one("127.0.0.1", office.endpoint), other("127.0.0.2", office.endpoint);
    BOOST_TEST(one.ask(get("/process")).body == "none");
    BOOST_TEST(one.ask(get("/source")).body == "127.0.0.1");
    BOOST_TEST(other.ask(get("/source")).body == "127.0.0.2");
    BOOST_TEST(other.ask(get("/peer")).body.starts_with("127.0.0.2:"));
}

BOOST_AUTO_TEST_SUITE_END()
