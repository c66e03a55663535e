#define BOOST_TEST_DYN_LINK
#include "agent/base/text.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <tuple>

namespace data = boost::unit_test::data;
using nlohmann::json;

namespace {

const std::string scheme = "http://schemas.ogf.org/occi/infrastructure#";

struct Fixture : wire::Fixture {
    std::vector<std::string> urls(const std::string& target, support::Headers headers = {}) {
        headers.emplace_back("Accept", "text/uri-list");
        const auto answer = get(target, headers);
        BOOST_REQUIRE_EQUAL(answer.status, 200);
        std::vector<std::string> all;
        for (const auto& line : text::split(answer.body, '\n'))
            if (!text::trim(line).empty()) all.emplace_back(text::trim(line));
        return all;
    }
    std::string compute(const std::string& name, const std::string& type = "small") {
        return agent.compute("<COMPUTE><NAME>" + name + "</NAME><TYPE>" + type + "</TYPE></COMPUTE>");
    }
};

std::string category(const std::string& term) { return term + "; scheme=\"" + scheme + "\"; class=\"kind\""; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_collection, Fixture)

using Empty = std::tuple<std::string, std::string>;
const std::vector<Empty> empty = {
    {"text/plain", ""},
    {"text/occi", "OK"},
    {"text/uri-list", ""},
    {"application/occi+json", "{\"resources\":[]}"},
};
BOOST_DATA_TEST_CASE(of_nothing_is_200_and_has_a_type, data::make(empty), accept, body) {
    const auto answer = get("/compute/", {{"Accept", accept}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == body);
    BOOST_TEST(answer.header("Content-Type").starts_with(accept));
    BOOST_TEST(get("/storagelink/", {{"Accept", "application/json"}}).body == "{\"links\":[]}");
}

BOOST_AUTO_TEST_CASE(shows_where_its_entities_are) {
    const auto id = compute("a");
    const auto here = url("/compute/" + id);
    BOOST_TEST(get("/compute/").body == "X-OCCI-Location: " + here);
    BOOST_TEST(get("/compute", {{"Accept", "text/plain"}}).body == "X-OCCI-Location: " + here);
    BOOST_TEST(get("/compute/", {{"Accept", "text/uri-list"}}).body == here);
    BOOST_TEST(get("/compute/", {{"Accept", "text/occi"}}).header("X-OCCI-Location") == here);
    const auto shown = json::parse(get("/compute/", {{"Accept", "application/occi+json"}}).body);
    BOOST_TEST(shown["resources"].size() == 1U);
    BOOST_TEST(shown["resources"][0] ==
               json::parse(get("/compute/" + id, {{"Accept", "application/occi+json"}}).body));
}

BOOST_AUTO_TEST_CASE(has_line_feeds_between_its_urls_and_nothing_behind_the_last) {
    const auto one = url("/compute/" + compute("a")), other = url("/compute/" + compute("b"));
    const auto body = get("/compute/", {{"Accept", "text/uri-list"}}).body;
    BOOST_TEST((body == one + "\n" + other || body == other + "\n" + one), body);
}

BOOST_AUTO_TEST_CASE(is_one_header_in_text_occi_with_a_comma_between_its_urls) {
    for (int i = 0; i < 60; ++i)
        client.post("/compute", "<COMPUTE><NICS/></COMPUTE>"); // more than 4 KiB of URLs
    const auto here = get("/compute/", {{"Accept", "text/occi"}}).header("X-OCCI-Location");
    BOOST_TEST(here.find(' ') == here.npos);
    BOOST_TEST(std::ranges::count(here, ',') == 59);
}

BOOST_AUTO_TEST_CASE(names_the_host_that_was_asked) {
    const auto id = compute("a");
    const auto answer = get("/compute/", {{"Host", "localhost:99"}});
    BOOST_TEST(answer.body == "X-OCCI-Location: http://localhost:99/compute/" + id);
}

BOOST_AUTO_TEST_CASE(of_everything_has_the_links_too) {
    const auto id = compute("a");
    const auto all = urls("/");
    for (const auto& [location, count] : std::map<std::string, std::ptrdiff_t>{
             {"/compute/" + id, 1}, {"/network/", 1}, {"/networkinterface/", 1}})
        BOOST_TEST(std::ranges::count_if(
                       all, [&](const auto& one) { return one.starts_with(url(location)); }) == count,
                   location);
    BOOST_TEST(all.size() == 3U);
    const auto shown = json::parse(get("/", {{"Accept", "application/json"}}).body);
    BOOST_TEST(shown["resources"].size() == 2U);
    BOOST_TEST(shown["links"].size() == 1U);
    BOOST_TEST(get("/").header("Content-Type") == "application/xml;charset=utf-8");
}

BOOST_AUTO_TEST_CASE(of_a_mixin_has_those_that_have_it) {
    compute("a");
    const auto medium = compute("b", "medium");
    BOOST_TEST(urls("/instance_type/medium/") == std::vector{url("/compute/") + medium});
    BOOST_TEST(urls("/instance_type/large/").empty());
    BOOST_TEST(urls("/mixin/ipnetwork/").size() == 1U);
    BOOST_TEST(urls("/mixin/ipnetworkinterface/").size() == 2U);
    BOOST_TEST(get("/mixin/none/").status == 404);
    BOOST_TEST(get("/instance_type/medium").body.find("<NAME>medium</NAME>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_narrowed_down_by_category_and_attribute) {
    const auto small = compute("a"), medium = compute("b", "medium");
    const auto narrowed = [&](const std::string& target, const std::string& name, const std::string& value) {
        return urls(target, {{"Content-Type", "text/occi"}, {name, value}});
    };
    // Its own kind changes nothing.
    BOOST_TEST(narrowed("/compute/", "Category", category("compute")).size() == 2U);
    BOOST_TEST(narrowed("/compute/", "Category", category("network")).empty());
    BOOST_TEST(narrowed("/", "Category", category("compute")).size() == 2U);
    BOOST_TEST(narrowed("/compute/", "Category", "medium; scheme=\"urn:occi-agent:instance_type#\"") ==
               std::vector{url("/compute/") + medium});
    BOOST_TEST(narrowed("/compute/", "X-OCCI-Attribute", "occi.compute.cores=1") ==
               std::vector{url("/compute/") + small});
    BOOST_TEST(
        narrowed("/compute/", "X-OCCI-Attribute", "occi.compute.cores=1.0, occi.core.title=\"b\"").empty());
    BOOST_TEST(narrowed("/compute/", "X-OCCI-Attribute", "occi.core.id=\"urn:uuid:" + small + "\"").size() ==
               1U);
}

const std::vector<std::tuple<std::string, std::string, int>> bad_filters = {
    {"Category", "car; scheme=\"http://example.org#\"", 404},
    {"Category", "compute", 400},
    {"Category", "start; scheme=\"http://schemas.ogf.org/occi/infrastructure/compute/action#\"", 400},
    {"X-OCCI-Attribute", "nothing", 400},
    {"X-OCCI-Attribute", "a=\"open", 400},
};
BOOST_DATA_TEST_CASE(refuses_a_filter_that_it_cannot_read, data::make(bad_filters), name, value, status) {
    BOOST_TEST(get("/compute/", {{name, value}}).status == status);
}

BOOST_AUTO_TEST_CASE(is_read_page_by_page) {
    for (int index = 0; index < 5; ++index) agent.network("10.9." + std::to_string(index) + ".0");
    const auto whole = urls("/network/");
    BOOST_REQUIRE_EQUAL(whole.size(), 6U); // with the default one
    std::vector<std::string> joined;
    for (const auto* page : {"1", "2", "3"})
        for (auto& url : urls("/network/?number=2&page=" + std::string(page)))
            joined.push_back(std::move(url));
    BOOST_TEST(joined == whole, boost::test_tools::per_element());
    BOOST_TEST(urls("/network/?page=4&number=2").empty());
    const auto shown = json::parse(get("/network/?page=2&number=4", {{"Accept", "application/json"}}).body);
    BOOST_TEST(shown["resources"].size() == 2U);
}

const std::vector<std::tuple<std::string, int>> bad_pages = {
    {"page=x", 400}, {"number=0", 400}, {"page=-1", 400}, {"page=1&page=2", 400}, {"number=1001", 413}};
BOOST_DATA_TEST_CASE(refuses_a_page_that_is_none, data::make(bad_pages), query, status) {
    const auto answer = get("/compute/?" + query, {{"Accept", "application/json"}});
    BOOST_TEST(answer.status == status);
    BOOST_TEST(json::parse(answer.body)["error"] == (status == 413 ? "too_large" : "invalid"));
}

BOOST_AUTO_TEST_CASE(has_a_validator_that_changes_with_it) {
    const auto tag = get("/compute/").header("ETag");
    BOOST_TEST(get("/compute/", {{"If-None-Match", tag}}).status == 304);
    compute("a");
    BOOST_TEST(get("/compute/", {{"If-None-Match", tag}}).status == 200);
}

BOOST_AUTO_TEST_CASE(is_the_drafts_without_a_slash) {
    compute("a");
    BOOST_TEST(client.get("/compute").body.starts_with("<COMPUTES><COMPUTE href="));
    BOOST_TEST(
        get("/compute", {{"User-Agent", "rOCCI-core/4.3 OCCI/1.1"}}).body.starts_with("X-OCCI-Location: "));
    BOOST_TEST(get("/compute", {{"X-Auth-Token", "t"}}).body.starts_with("X-OCCI-Location: "));
    BOOST_TEST(get("/compute", {{"Accept", "text/html"}}).status == 406);
}

BOOST_AUTO_TEST_SUITE_END()
