#define BOOST_TEST_DYN_LINK
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <tuple>

namespace data = boost::unit_test::data;

namespace {

struct Fixture : wire::Fixture {
    support::Answer make(const std::string& inside) {
        return client.post("/network", "<NETWORK>" + inside + "</NETWORK>");
    }
};

using Row = std::tuple<std::string, int, std::string>;
const std::vector<Row> refused = {
    {"<ADDRESS>10.1.0.77</ADDRESS>", 400, "neither the network address (10.1.0.0)"},
    {"<ADDRESS>ten</ADDRESS>", 400, "ADDRESS"},
    {"<ADDRESS>127.0.0.0</ADDRESS>", 400, "loopback"},
    {"<ADDRESS>10.1.0.0</ADDRESS><SIZE>0</SIZE>", 400, "SIZE"},
    {"<ADDRESS>10.1.0.0</ADDRESS><SIZE>-1</SIZE>", 400, "SIZE"},
    {"<ADDRESS>10.1.0.0</ADDRESS><SIZE>1e30</SIZE>", 400, "SIZE"},
    {"<ADDRESS>10.1.0.0</ADDRESS><ADDRESS>10.2.0.0</ADDRESS>", 400, "ADDRESS is given twice"},
    {"<MODE>bridge</MODE>", 400, "needs the name of a bridge"},
    {"<BRIDGE>nosuch0</BRIDGE>", 400, "this host has no bridge \"nosuch0\""},
    {"<MODE>open</MODE>", 400, "MODE"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_network, Fixture)

BOOST_AUTO_TEST_CASE(is_created_shown_listed_and_removed) {
    const auto made = make("<NAME>lab</NAME><ADDRESS>10.1.0.0</ADDRESS>");
    BOOST_REQUIRE_EQUAL(made.status, 201);
    const auto id = made.id();
    BOOST_TEST(made.header("Location") == url("/network/" + id));
    BOOST_TEST(made.body == "<NETWORK href=\"" + url("/network/") + id + "\"><ID>" + id +
                                "</ID><NAME>lab</NAME>" + words::user(url()) +
                                "<ADDRESS>10.1.0.0</ADDRESS><SIZE>C</SIZE></NETWORK>");
    BOOST_TEST(client.get("/network/" + id).body == made.body);
    BOOST_TEST(client.get("/network").body.find(id) != std::string::npos);
    BOOST_TEST(client.remove("/network/" + id).status == 204);
    BOOST_TEST(client.get("/network/" + id).status == 404);
    BOOST_TEST(client.remove("/network/" + id).status == 404);
    BOOST_TEST(client.get("/network").body.find(id) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(takes_the_first_address_and_a_number_as_size) {
    const auto made = make("<NAME>small</NAME><ADDRESS>10.1.0.33</ADDRESS><SIZE>20</SIZE>");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(support::element(made.body, "ADDRESS") == "10.1.0.32");
    BOOST_TEST(support::element(made.body, "SIZE") == "20");
}

BOOST_AUTO_TEST_CASE(finds_a_free_block_itself) {
    const auto first = make("<NAME>a</NAME>"), second = make("<NAME>b</NAME>");
    BOOST_TEST(support::element(first.body, "ADDRESS").starts_with("10.112."));
    BOOST_TEST(support::element(second.body, "ADDRESS") != support::element(first.body, "ADDRESS"));
}

BOOST_DATA_TEST_CASE(is_refused_with_what_is_wrong, data::make(refused), inside, status, sentence) {
    const auto before = client.get("/network").body;
    const auto answer = make("<NAME>x</NAME>" + inside);
    BOOST_TEST(answer.status == status);
    BOOST_TEST_CONTEXT(answer.body) BOOST_TEST(answer.body.find(sentence) != std::string::npos);
    BOOST_TEST(client.get("/network").body == before);
}

BOOST_AUTO_TEST_CASE(may_not_overlap_another_one) {
    const auto first = make("<NAME>first one</NAME><ADDRESS>10.1.0.0</ADDRESS><SIZE>B</SIZE>").id();
    const auto answer = make("<NAME>x</NAME><ADDRESS>10.1.7.0</ADDRESS>");
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find(first) != std::string::npos);
    BOOST_TEST(answer.body.find("first one") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(may_not_overlap_a_route_of_the_host) {
    agent.host().set_routes({{*Ipv4Block::parse("10.7.0.0/16"), "route by eth0"}});
    const auto answer = make("<NAME>x</NAME><ADDRESS>10.7.8.0</ADDRESS>");
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("route by eth0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lies_on_a_bridge_of_the_host_by_name) {
    agent.host().set_bridges({"br0"});
    const auto made = make("<NAME>lan</NAME><BRIDGE>br0</BRIDGE>");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.body.find("<MODE>bridge</MODE><BRIDGE>br0</BRIDGE>") != std::string::npos);
    BOOST_TEST(made.body.find("SIZE") == std::string::npos); // it gives no addresses
    BOOST_TEST(client.get("/network/" + made.id()).body == made.body);
    BOOST_TEST(make("<NAME>lan</NAME><BRIDGE>br0</BRIDGE><ADDRESS>10.1.0.0</ADDRESS>").status == 400);
    const auto sized = make("<NAME>lan</NAME><BRIDGE>br0</BRIDGE><SIZE>C</SIZE>");
    BOOST_TEST(sized.status == 400);
    BOOST_TEST(sized.body.find("leave its address and its size out") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(leaves_nothing_when_the_hypervisor_fails) {
    const auto before = client.get("/network").body;
    agent.fail_for_good("network.create", Error(Fault::unavailable, "on purpose"));
    const auto answer = make("<NAME>x</NAME><ADDRESS>10.1.0.0</ADDRESS>");
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.header("Retry-After") != "");
    BOOST_TEST(client.get("/network").body == before);
    BOOST_TEST(make("<NAME>x</NAME><ADDRESS>10.1.0.0</ADDRESS>").status == 201);
}

BOOST_AUTO_TEST_CASE(in_use_is_not_removed) {
    const auto network = agent.network();
    const auto compute =
        agent.compute("<COMPUTE><NICS><NIC><UUID>" + network + "</UUID></NIC></NICS></COMPUTE>");
    const auto answer = client.remove("/network/" + network);
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find(compute) != std::string::npos);
    BOOST_TEST(client.get("/network/" + network).status == 200);
}

BOOST_AUTO_TEST_CASE(keeps_name_and_size_over_a_restart_of_the_agent) {
    const auto made =
        make("<NAME>../x &lt;&amp;'\" json:{}</NAME><ADDRESS>10.1.0.0</ADDRESS><SIZE>30</SIZE>");
    agent.restart();
    const auto answer = client.get("/network/" + made.id());
    BOOST_TEST(support::element(answer.body, "NAME") == support::element(made.body, "NAME"));
    BOOST_TEST(support::element(answer.body, "SIZE") == "30");
}

// It would be read as lines of OCCI, in which it says nothing.
BOOST_AUTO_TEST_CASE(a_document_of_the_draft_changes_no_network_and_no_storage) {
    const std::string paths[]{"/network/" + agent.network(), "/storage/" + agent.image()};
    for (const auto& path : paths) {
        const auto before = client.get(path).body;
        for (const std::string type : {"", "application/xml", "text/xml", "application/x-www-form-urlencoded",
                                       "text/plain", "text/occi", "application/occi+json"})
            for (const auto* method : {"PUT", "POST"}) {
                const auto answer =
                    client.send(method, path, before,
                                type.empty() ? support::Headers{} : support::Headers{{"Content-Type", type}});
                BOOST_TEST(answer.status / 100 == 4,
                           method << " " << path << " " << type << ": " << answer.status << answer.body);
            }
        BOOST_TEST(client.get(path).body == before);
    }
}

BOOST_AUTO_TEST_SUITE_END()
