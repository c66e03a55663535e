// Changing entities by POST (a part) and PUT (the whole).
#define BOOST_TEST_DYN_LINK
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;
using nlohmann::json;

namespace {

struct Fixture : wire::Fixture {
    std::string id = agent.compute("<COMPUTE><NAME>old</NAME></COMPUTE>");

    support::Answer send(const std::string& method, const std::string& body,
                         support::Headers headers = {}) const {
        headers.insert(headers.end(),
                       {{"Content-Type", body.starts_with('{') ? "application/json" : "text/plain"},
                        {"Accept", "application/occi+json"}});
        return client.send(method, "/compute/" + id, body, headers);
    }
    std::string read_text() const { return get_as("text/plain", "/compute/" + id).body; }
    bool has(const std::string& name, const json& value) const {
        return support::eventually(
            [&] { return read("/compute/" + id)["attributes"].value(name, json()) == value; });
    }
};

struct Refusal {
    const char* method;
    int status;
    std::string word, body;
};
std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
    return out << refusal.method << ' ' << refusal.body;
}
const std::vector<Refusal> refusals{
    {"POST", 400, "nothing", ""},
    {"POST", 400, "stays", words::kind("network")},
    {"POST", 400, "colour", words::attribute("occi.compute.colour=1")},
    {"POST", 400, "occi.compute.cores", words::attribute("occi.compute.cores=\"two\"")},
    {"POST", 403, "occi.compute.state", words::attribute("occi.compute.state=\"error\"")},
    {"POST", 403, "occi_agent.owner", words::attribute("occi_agent.owner=\"eve\"")},
    {"POST", 403, "ipnetwork",
     "Category: ipnetwork; scheme=\"http://schemas.ogf.org/occi/infrastructure/network#\""},
    {"POST", 400, "no link", "Link: </network/x>; category=\"" + words::infrastructure + "storage\""},
    {"POST", 400, "2", R"({"resources":[{"title":"a"},{"title":"b"}]})"},
    {"PUT", 400, "kind", words::attribute("occi.core.title=\"new\"")},
    {"PUT", 400, "by a POST",
     words::kind("compute") + "Link: </network/x>; rel=\"" + words::infrastructure + "network\""},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_change, Fixture)

BOOST_AUTO_TEST_CASE(of_a_part_leaves_the_rest) {
    const auto answer = send("POST", words::attribute("occi.core.title=\"new\""));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(json::parse(answer.body)["title"] == "new");
    const auto shown = read("/compute/" + id);
    BOOST_TEST(shown["title"] == "new");
    BOOST_TEST(shown["links"].size() == 1U);
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
}

BOOST_AUTO_TEST_CASE(of_a_part_by_json) {
    BOOST_TEST(send("POST", R"({"attributes":{"occi":{"core":{"title":"new"}}}})").status == 200);
    BOOST_TEST(read("/compute/" + id)["title"] == "new");
}

BOOST_AUTO_TEST_CASE(takes_back_the_whole_as_it_was_read) {
    const auto before = read("/compute/" + id);
    BOOST_TEST(send("PUT", read_text()).status == 200);
    BOOST_TEST(send("PUT", before.dump()).status == 200);
    BOOST_TEST(read("/compute/" + id) == before);
}

BOOST_AUTO_TEST_CASE(of_the_whole_takes_away_what_is_not_said) {
    BOOST_TEST(send("POST", words::attribute("occi.core.summary=\"mine\"")).status == 200);
    BOOST_TEST(has("occi.core.summary", "mine"));
    BOOST_TEST(send("PUT", words::kind("compute") + words::attribute("occi.core.title=\"new\"")).status ==
               200);
    BOOST_TEST(has("occi.core.summary", json()));
    BOOST_TEST(read("/compute/" + id)["title"] == "new");
    BOOST_TEST(read("/compute/" + id)["attributes"]["occi.compute.cores"] == 1);
}

// JSON shows title and summary twice. Who changes one of the two leaves the other as it was read.
BOOST_AUTO_TEST_CASE(by_a_member_of_json_wins_over_its_copy_that_is_as_it_was_shown) {
    BOOST_TEST(send("POST", words::attribute("occi.core.summary=\"mine\"")).status == 200);
    BOOST_TEST(has("occi.core.summary", "mine"));
    auto entity = read("/compute/" + id);
    BOOST_TEST(entity["summary"] == "mine");
    entity["title"] = "new";
    entity["summary"] = "yours";
    BOOST_TEST(send("PUT", entity.dump()).status == 200);
    BOOST_TEST(has("occi.core.title", "new"));
    BOOST_TEST(has("occi.core.summary", "yours"));
    entity = read("/compute/" + id);
    entity["attributes"]["occi.core.title"] = "newer";
    BOOST_TEST(send("PUT", entity.dump()).status == 200);
    BOOST_TEST(has("occi.core.title", "newer"));
    BOOST_TEST(read("/compute/" + id)["title"] == "newer");
}

BOOST_AUTO_TEST_CASE(by_a_member_of_json_and_otherwise_by_its_copy_is_refused) {
    auto entity = read("/compute/" + id);
    entity["title"] = "new";
    entity["attributes"]["occi.core.title"] = "newer";
    const auto answer = send("PUT", entity.dump());
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.body.find("occi.core.title is said twice") != std::string::npos, answer.body);
    entity.erase("id");
    const auto created =
        client.send("POST", "/compute/", entity.dump(), {{"Content-Type", "application/json"}});
    BOOST_TEST(created.status == 400, created.body);
    BOOST_TEST(read("/compute/" + id)["title"] == "old");
}

BOOST_AUTO_TEST_CASE(keeps_the_condition_that_it_is_bound_to) {
    const auto etag = client.send("GET", "/compute/" + id, {}, {{"Accept", "text/plain"}}).header("ETag");
    const auto body = words::attribute("occi.core.title=\"new\"");
    BOOST_TEST(send("POST", body, {{"If-Match", "\"other\""}}).status == 412);
    BOOST_TEST(read("/compute/" + id)["title"] == "old");
    BOOST_TEST(send("POST", body, {{"If-Match", etag}}).status == 200);
    BOOST_TEST(send("POST", body, {{"If-Match", etag}}).status == 412);
}

BOOST_DATA_TEST_CASE(refuses_and_changes_nothing, data::make(refusals), refusal) {
    const auto before = read("/compute/" + id);
    const auto answer = send(refusal.method, refusal.body);
    BOOST_TEST_INFO(answer.body);
    BOOST_TEST(answer.status == refusal.status);
    BOOST_TEST(answer.body.find(refusal.word) != std::string::npos);
    BOOST_TEST(read("/compute/" + id) == before);
}

BOOST_AUTO_TEST_CASE(of_what_is_not_there_is_not_found) {
    client.remove("/compute/" + id);
    BOOST_TEST(support::eventually([&] { return agent.state_of(id) == "404"; }));
    BOOST_TEST(send("POST", words::attribute("occi.core.title=\"new\"")).status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
