#define BOOST_TEST_DYN_LINK
#include "agent/http/address.hh"
#include "agent/http/crowd.hh"
#include "tests/support/temp_folder.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_peer.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>

namespace {

using http::Crowd;

const std::vector<std::tuple<std::string, std::string>> sources{{"10.0.0.1:1", "10.0.0.1"},
                                                                {"127.0.0.2:1", "127.0.0.2"},
                                                                {"[2001:db8::1]:1", "2001:db8::/64"},
                                                                {"[2001:db8::f:0:0:2]:1", "2001:db8::/64"},
                                                                {"[2001:db8:0:1::1]:1", "2001:db8:0:1::/64"},
                                                                {"[::ffff:10.0.0.1]:1", "10.0.0.1"},
                                                                {"[::ffff:127.0.0.1]:1", "127.0.0.1"},
                                                                {"[::1]:1", "::1"},
                                                                {"unix:/x", "unix"}};

} // namespace

BOOST_AUTO_TEST_SUITE(http_crowd)

BOOST_DATA_TEST_CASE(tells_peers_apart_by_address_and_by_network, boost::unit_test::data::make(sources),
                     endpoint, source) {
    BOOST_TEST(http::Address::of(http::parse_endpoint(endpoint)).value().source() == source);
}

BOOST_DATA_TEST_CASE(does_not_count_local_peers,
                     boost::unit_test::data::make({"127.0.0.1:0", "[::1]:0", "unix:"}), endpoint) {
    http::Limits limits;
    limits.connections_per_address = 1;
    const support::TempFolder folder;
    const std::string where = endpoint;
    if (where.starts_with('[') && !http::Address::exists_here(http::parse_endpoint(where))) return;
    const wire::Office office(limits, where == "unix:" ? where + (folder.path() / "socket").string() : where);
    wire::Peer first(office.endpoint), second(office.endpoint);
    for (auto* peer : {&first, &second}) BOOST_TEST(peer->ask(wire::get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(admits_so_many_of_each_and_forgets_who_left) {
    Crowd crowd;
    for (const auto* source : {"a", "b"}) {
        BOOST_TEST(crowd.enter(source, 2));
        BOOST_TEST(crowd.enter(source, 2));
        BOOST_TEST(!crowd.enter(source, 2));
    }
    crowd.leave("a");
    BOOST_TEST(crowd.enter("a", 2));
    BOOST_TEST(!crowd.enter("a", 2));
    crowd.leave("b");
    crowd.leave("b");
    BOOST_TEST(crowd.sources() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
