#define BOOST_TEST_DYN_LINK
#include "agent/http/address.hh"
#include "agent/http/crowd.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>

namespace {

using http::Crowd;

std::string origin_of(const std::string& endpoint) {
    return http::Address::of(http::parse_endpoint(endpoint)).value().origin();
}

using Pair = std::tuple<std::string, std::string, bool>;
const std::vector<Pair> pairs{{"10.0.0.1:1", "10.0.0.1:2", true},
                              {"10.0.0.1:1", "10.0.0.2:1", false},
                              {"[2001:db8::1]:1", "[2001:db8::ffff:0:0:2]:1", true},
                              {"[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false},
                              {"[::ffff:10.0.0.1]:1", "10.0.0.1:1", true},
                              {"[::ffff:10.0.0.1]:1", "[::ffff:10.0.0.2]:1", false}};

} // namespace

BOOST_AUTO_TEST_SUITE(http_crowd)

BOOST_DATA_TEST_CASE(tells_peers_apart_by_address_and_by_network, boost::unit_test::data::make(pairs), one,
                     other, same) {
    BOOST_TEST((origin_of(one) == origin_of(other)) == same);
    BOOST_TEST(origin_of(one) != "");
}

BOOST_DATA_TEST_CASE(does_not_count_local_peers,
                     boost::unit_test::data::make({"127.0.0.1:1", "127.1.2.3:1", "[::1]:1",
                                                   "[::ffff:127.0.0.1]:1", "unix:/x"}),
                     endpoint) {
    BOOST_TEST(origin_of(endpoint) == "");
    Crowd crowd;
    for (int i = 0; i < 3; ++i) BOOST_TEST(crowd.enter("", 1));
    BOOST_TEST(crowd.origins() == 0U);
}

BOOST_AUTO_TEST_CASE(admits_so_many_of_each_and_forgets_who_left) {
    Crowd crowd;
    for (const auto* origin : {"a", "b"}) {
        BOOST_TEST(crowd.enter(origin, 2));
        BOOST_TEST(crowd.enter(origin, 2));
        BOOST_TEST(!crowd.enter(origin, 2));
    }
    crowd.leave("a");
    BOOST_TEST(crowd.enter("a", 2));
    BOOST_TEST(!crowd.enter("a", 2));
    crowd.leave("b");
    crowd.leave("b");
    BOOST_TEST(crowd.origins() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
