#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <tuple>

namespace data = boost::unit_test::data;

namespace {

struct Fixture : wire::Fixture {
    support::Answer remove(const std::string& target, const std::string& accept,
                           support::Headers headers = {}) {
        headers.emplace_back("Accept", accept);
        return client.send("DELETE", target, {}, headers);
    }
};

const std::vector<std::tuple<std::string, std::string>> renderings = {{"text/plain", "OK"},
                                                                      {"text/plain,text/occi", "OK"},
                                                                      {"text/occi", "OK"},
                                                                      {"application/occi+json", "{}"}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_removal, Fixture)

BOOST_DATA_TEST_CASE(is_answered_with_200_and_something_to_read, data::make(renderings), accept, body) {
    const auto compute = "/compute/" + agent.compute("<COMPUTE><NAME>a</NAME></COMPUTE>");
    for (const auto& path : {compute, "/network/" + agent.network(), "/storage/" + agent.image()}) {
        const auto answer = remove(path, accept);
        BOOST_TEST(answer.status == 200, path);
        BOOST_TEST(answer.body == body);
        BOOST_TEST(answer.header("Content-Type").starts_with(accept.substr(0, accept.find(','))));
        BOOST_TEST(client.send("GET", path, {}, {{"Accept", accept}}).status == 404);
    }
}

BOOST_AUTO_TEST_CASE(takes_the_links_of_a_compute_with_it) {
    const auto id = agent.compute("<COMPUTE><NAME>a</NAME></COMPUTE>");
    const auto shown = nlohmann::json::parse(
        client.send("GET", "/compute/" + id, {}, {{"Accept", "application/json"}}).body);
    const auto link = shown["links"][0]["attributes"]["occi.core.id"].get<std::string>();
    const auto nic = "/networkinterface/" + link;
    BOOST_TEST(client.get(nic).status == 200);
    BOOST_TEST(remove("/compute/" + id, "text/plain").status == 200);
    BOOST_TEST(client.get(nic).status == 404);
}

BOOST_AUTO_TEST_CASE(can_be_followed_as_an_operation) {
    const auto id = agent.compute("<COMPUTE><NAME>a</NAME></COMPUTE>");
    const auto answer = remove("/compute/" + id, "text/plain", {{"Prefer", "respond-async"}});
    BOOST_TEST(answer.status == 202);
    BOOST_TEST(answer.header("Location").find("/-/operations/") != std::string::npos);
    BOOST_TEST(answer.body.find("occi_agent.phase=\"deleting\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_refused_before_anything_is_done) {
    const auto path = "/compute/" + agent.compute("<COMPUTE><NAME>a</NAME></COMPUTE>");
    BOOST_TEST(remove(path, "text/uri-list").status == 400);
    BOOST_TEST(remove(path, "image/png").status == 406);
    BOOST_TEST(remove(path, "text/plain", {{"If-Match", "\"old-text\""}}).status == 412);
    BOOST_TEST(client.get(path).status == 200);
    BOOST_TEST(client.remove(path).status == 204);
}

BOOST_AUTO_TEST_SUITE_END()
