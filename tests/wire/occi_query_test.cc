#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <tuple>

namespace data = boost::unit_test::data;
using nlohmann::json;

namespace {

const std::string scheme = "http://schemas.ogf.org/occi/infrastructure#";
const std::string compute_category = "compute; scheme=\"" + scheme + "\"; class=\"kind\"";

struct Fixture : wire::Fixture {
    json model() const { return read("/-/"); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_query, Fixture)

BOOST_DATA_TEST_CASE(is_where_the_standard_says,
                     data::make({"/-/", "/-", "/.well-known/org/ogf/occi/-/",
                                 "//.well-known/org/ogf/occi/-"}),
                     path) {
    const auto answer = get(path);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "text/plain;charset=utf-8");
    BOOST_TEST(answer.body == get("/-/").body);
    const auto head = client.send("HEAD", path);
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.header("Content-Length") == std::to_string(answer.body.size()));
}

BOOST_AUTO_TEST_CASE(shows_a_kind_with_all_that_clients_look_for) {
    const auto body = get("/-/").body;
    BOOST_TEST(
        body.starts_with("Category: entity; scheme=\"http://schemas.ogf.org/occi/core#\"; class=\"kind\""));
    BOOST_TEST(body.find("\nCategory: storage; scheme=\"" + scheme +
                         "\"; class=\"kind\"; title=\"Storage Resource\"; "
                         "rel=\"http://schemas.ogf.org/occi/core#resource\"; location=\"/storage/\"; "
                         "attributes=\"occi.core.id{immutable} occi.core.title ") != body.npos);
    BOOST_TEST(body.find("\nCategory: small; scheme=\"urn:occi-agent:instance_type#\"; class=\"mixin\"; ") !=
               body.npos);
    BOOST_TEST(body.find("rel=\"" + scheme + "resource_tpl\"; location=\"/instance_type/small/\"") !=
               body.npos);
}

BOOST_AUTO_TEST_CASE(is_the_same_model_as_json) {
    const auto all = model();
    const auto& kinds = all["kinds"];
    BOOST_TEST(kinds.size() == 8U);
    const auto compute =
        std::ranges::find_if(kinds, [](const json& kind) { return kind["term"] == "compute"; });
    BOOST_REQUIRE(compute != kinds.end());
    BOOST_TEST((*compute)["parent"] == "http://schemas.ogf.org/occi/core#resource");
    BOOST_TEST((*compute)["location"] == "/compute/");
    BOOST_TEST((*compute)["attributes"]["occi.compute.cores"] ==
               json({{"mutable", true}, {"required", false}, {"type", "number"}}));
    BOOST_TEST((*compute)["attributes"]["occi.compute.state"]["mutable"] == false);
    for (const auto& action : all["actions"])
        if (action["term"] == "stop") BOOST_TEST(action["attributes"]["method"]["default"] == "graceful");
}

// What is advertised is there: each action is one of a kind's, each location answers.
BOOST_AUTO_TEST_CASE(leads_nowhere_that_is_not_there) {
    const auto all = model();
    std::set<std::string> actions, offered;
    for (const auto& action : all["actions"])
        actions.insert(action["scheme"].get<std::string>() + action["term"].get<std::string>());
    for (const auto& list : {all["kinds"], all["mixins"]})
        for (const auto& category : list) {
            if (category.contains("location")) {
                const auto location = category["location"].get<std::string>();
                const auto answer = get(location);
                BOOST_TEST(answer.status == 200, location);
                BOOST_TEST(answer.header("Content-Type") == "text/plain;charset=utf-8");
            }
            if (category.contains("actions"))
                for (const auto& action : category["actions"]) offered.insert(action.get<std::string>());
        }
    BOOST_TEST(actions == offered, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(is_narrowed_down_by_categories) {
    const support::Headers one{{"Category", compute_category}, {"Content-Type", "text/occi"}};
    const auto narrowed = get("/-/", one);
    BOOST_TEST(narrowed.status == 200);
    BOOST_TEST(narrowed.body.starts_with("Category: compute; "));
    BOOST_TEST(narrowed.body.find('\n') == narrowed.body.npos);
    const auto two = get("/-/", {{"Accept", "application/json"},
                                 {"Category", compute_category},
                                 {"Category", "small; scheme=\"urn:occi-agent:instance_type#\""}});
    const auto shown = json::parse(two.body);
    BOOST_TEST(shown["kinds"].size() == 1U);
    BOOST_TEST(shown["mixins"].size() == 1U);
    BOOST_TEST(shown["actions"].empty());
}

const std::vector<std::tuple<std::string, int>> bad = {
    {"car; scheme=\"http://example.org#\"; class=\"kind\"", 404},
    {"compute; scheme=\"http://schemas.ogf.org/occi/core#\"", 404},
    {"compute", 400},
    {"compute; scheme=\"http://open", 400},
};
BOOST_DATA_TEST_CASE(refuses_a_filter_that_it_does_not_know, data::make(bad), category, status) {
    BOOST_TEST(get("/-/", {{"Category", category}}).status == status);
}

BOOST_AUTO_TEST_CASE(is_written_into_headers_for_text_occi) {
    const auto answer = get("/-/", {{"Accept", "text/occi"}, {"Category", compute_category}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "text/occi");
    BOOST_TEST(answer.body == "OK");
    BOOST_TEST(answer.header("Category").starts_with("compute; scheme=\""));
}

BOOST_AUTO_TEST_CASE(is_no_list_of_urls_and_no_xml) {
    BOOST_TEST(get("/-/", {{"Accept", "text/uri-list"}}).status == 400);
    const auto answer = get("/-/", {{"Accept", "application/xml"}});
    BOOST_TEST(answer.status == 406);
    BOOST_TEST(answer.body.find("text/plain") != answer.body.npos);
}

BOOST_AUTO_TEST_CASE(is_not_sent_again_to_who_has_it) {
    const auto tag = get("/-/").header("ETag");
    BOOST_TEST(get("/-/", {{"If-None-Match", tag}}).status == 304);
    BOOST_TEST(get("/-/", {{"If-None-Match", tag}, {"Accept", "application/json"}}).status == 200);
    BOOST_TEST(get("/-/", {{"If-None-Match", tag}, {"Category", compute_category}}).status == 200);
}

BOOST_AUTO_TEST_CASE(every_answer_names_the_version) {
    for (const auto* path : {"/-/", "/compute", "/nothing", "/-/health"})
        BOOST_TEST(get(path).header("Server").ends_with(" OCCI/1.2"), path);
    BOOST_TEST(client.raw("nonsense\r\n\r\n").header("Server").ends_with(" OCCI/1.2"));
}

BOOST_AUTO_TEST_CASE(a_version_above_ours_is_not_served) {
    const auto answer = get("/-/", {{"User-Agent", "new/1.0 OCCI/1.3"}, {"Accept", "application/json"}});
    BOOST_TEST(answer.status == 501);
    BOOST_TEST(json::parse(answer.body)["error"] == "unsupported");
    BOOST_TEST(answer.body.find("OCCI/1.3") != answer.body.npos);
    BOOST_TEST(get("/compute", {{"User-Agent", "OCCI/2.0"}}).status == 501);
    BOOST_TEST(get("/compute", {{"User-Agent", "old/1.0 OCCI/1.1"}}).status == 200);
}

BOOST_AUTO_TEST_CASE(says_what_it_takes) {
    const auto types = agent.client().send("HEAD", "/-/", {}, {{"Accept", "text/plain"}}).header("Accept");
    BOOST_TEST(types.starts_with("text/plain, "));
    BOOST_TEST(types.find("application/occi+json") != types.npos);
}

BOOST_AUTO_TEST_SUITE_END()
