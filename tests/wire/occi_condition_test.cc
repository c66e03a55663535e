// What binds a removal or an action is honoured, or refused by its name before anything is done.
#define BOOST_TEST_DYN_LINK
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

const std::string infrastructure = "http://schemas.ogf.org/occi/infrastructure#";
const std::string action_scheme = "http://schemas.ogf.org/occi/infrastructure/compute/action#";
const std::string suspend = "suspend; scheme=\"" + action_scheme + "\"; class=\"action\"";
const std::string medium =
    "medium; scheme=\"http://schemas.ogf.org/occi/infrastructure/compute/template/1.1#\"; class=\"mixin\"";

struct Fixture : wire::Fixture {
    support::Answer send(const std::string& method, const std::string& target, support::Headers headers = {},
                         const std::string& body = {}) const {
        headers.emplace_back("Accept", "text/plain");
        return client.send(method, target, body, headers);
    }
    std::size_t count(const std::string& target) const {
        const auto shown = read(target);
        return shown.value("links", json::array()).size() + shown.value("resources", json::array()).size();
    }
    // While something is under way on it no condition can be told to hold.
    std::string compute(const std::string& name, const std::string& inside = "") {
        const auto id = agent.compute("<COMPUTE><NAME>" + name + "</NAME>" + inside + "</COMPUTE>");
        BOOST_REQUIRE(is_free(id));
        return id;
    }
};

struct Row {
    std::string method, target;
    support::Headers headers;
    std::string word; // of the refusal
    std::string body{};
};
std::ostream& operator<<(std::ostream& out, const Row& row) {
    out << row.method << ' ' << row.target;
    for (const auto& [name, value] : row.headers) out << " | " << name << ": " << value;
    return out;
}

const support::Headers by_action{{"Category", suspend}};
support::Headers with(support::Headers headers, const std::string& name, const std::string& value) {
    headers.emplace_back(name, value);
    return headers;
}

// {id}: of a compute.
const std::vector<Row> refused{
    {"DELETE", "/compute/?page=1&number=1", {}, "page"},
    {"DELETE", "/compute/?number=1", {}, "number"},
    {"DELETE", "/compute/?x", {}, "x"},
    {"DELETE", "/compute/?action=suspend", {}, "action"},
    {"DELETE", "/compute/", {{"X-OCCI-Location", "/compute/{id}"}}, "X-OCCI-Location"},
    {"DELETE", "/compute/", {{"X-OCCI-Filter", "a=b"}}, "X-OCCI-Filter"},
    {"DELETE", "/compute/", {{"If-Match", "\"x\""}}, "If-Match"},
    {"DELETE", "/compute/", {{"If-None-Match", "*"}}, "If-None-Match"},
    {"DELETE",
     "/compute/",
     {{"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}},
     "If-Unmodified-Since"},
    {"DELETE", "/compute/", {{"Range", "bytes=0-1"}}, "Range"},
    {"DELETE", "/compute/{id}?action=suspend", {}, "action"},
    {"DELETE", "/compute/{id}?force=false", {}, "force"},
    {"DELETE",
     "/compute/{id}",
     {{"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}},
     "If-Unmodified-Since"},
    {"DELETE", "/compute/{id}", {{"X-OCCI-Location", "/compute/x"}}, "X-OCCI-Location"},
    {"POST", "/compute/?action=suspend&page=1&number=1", by_action, "page"},
    {"POST", "/compute/?action=suspend", with(by_action, "X-OCCI-Location", "/compute/{id}"),
     "X-OCCI-Location"},
    {"POST", "/compute/?action=suspend", with(by_action, "If-Match", "\"x\""), "If-Match"},
    {"POST", "/compute/?action=suspend", with(by_action, "X-OCCI-Attribute", "occi.core.title=\"a\""),
     "occi.core.title"},
    {"POST", "/compute/{id}?action=suspend&method=x", by_action, "method"},
    {"POST", "/compute/{id}?action=suspend", with(by_action, "Range", "bytes=0-1"), "Range"},
    {"POST", "/compute/{id}?dry_run=1", {}, "dry_run", "X-OCCI-Attribute: occi.core.title=\"b\""},
    {"PUT", "/compute/{id}?dry_run=1", {}, "dry_run", "<COMPUTE><STATE>SUSPENDED</STATE></COMPUTE>"},
    {"PUT",
     "/compute/{id}",
     {{"Content-Range", "bytes 0-1/2"}},
     "Content-Range",
     "<COMPUTE><STATE>SUSPENDED</STATE></COMPUTE>"},
    {"POST", "/storage?x=1", {}, "x", "<DISK><SIZE>1</SIZE></DISK>"},
    {"DELETE", "/-/?x=1", {{"Category", "tag; scheme=\"http://example.com/mine#\""}}, "x"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_condition, Fixture)

BOOST_DATA_TEST_CASE(that_is_not_known_is_refused_by_its_name, data::make(refused), row) {
    const auto id = compute("a");
    const auto fill = [&](std::string word) {
        if (const auto hole = word.find("{id}"); hole != word.npos) word.replace(hole, 4, id);
        return word;
    };
    auto headers = row.headers;
    for (auto& [name, value] : headers) value = fill(value);
    const auto answer = send(row.method, fill(row.target), headers, row.body);
    BOOST_TEST(answer.status == 400, answer.status << ' ' << answer.body);
    BOOST_TEST(answer.body.find(row.word) != std::string::npos, answer.body);
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
    BOOST_TEST(support::element(client.get("/compute/" + id).body, "NAME") == "a");
    BOOST_TEST(count("/storage/") == 0U);
}

// `curl -X DELETE .../compute/$VM` with VM empty.
BOOST_AUTO_TEST_CASE(a_slash_alone_is_none) {
    const auto id = compute("a");
    for (const auto* path : {"/compute/", "/networkinterface/", "/storagelink/"})
        for (const auto& headers :
             std::vector<support::Headers>{{}, {{"Accept", "*/*"}}, {{"Accept", "text/*"}}}) {
            const auto answer = client.send("DELETE", path, {}, headers);
            BOOST_TEST(answer.status == 405, path);
            BOOST_TEST(answer.body.find("Accept: text/occi") != std::string::npos, answer.body);
            BOOST_TEST(answer.header("Allow").find("DELETE") == std::string::npos);
        }
    BOOST_TEST(client.post("/compute/?action=suspend", "").status == 400);
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
    BOOST_TEST(count("/networkinterface/") == 1U);
    BOOST_TEST(client.send("DELETE", "/compute/", {}, {{"User-Agent", "x OCCI/1.1"}}).status == 200);
    BOOST_TEST(count("/compute/") == 0U);
}

BOOST_AUTO_TEST_CASE(narrows_a_removal_as_it_does_a_listing) {
    const auto one = compute("a"), other = compute("b", "<TYPE>medium</TYPE>");
    BOOST_TEST(send("DELETE", "/compute/", {{"X-OCCI-Attribute", "occi.core.title=\"nobody\""}}).status ==
               404);
    BOOST_TEST(
        send("DELETE", "/compute/", {{"Category", "storage; scheme=\"" + infrastructure + "\""}}).status ==
        404);
    BOOST_TEST(
        send("DELETE", "/compute/", {{"Category", "what; scheme=\"" + infrastructure + "\""}}).status == 404);
    BOOST_TEST(send("DELETE", "/compute/", {{"X-OCCI-Attribute", "what"}}).status == 400);
    BOOST_TEST(count("/compute/") == 2U);
    BOOST_TEST(send("DELETE", "/compute/", {{"X-OCCI-Attribute", "occi.core.title=\"b\""}}).status == 200);
    BOOST_TEST(agent.state_of(one) == "ACTIVE");
    BOOST_TEST(client.get("/compute/" + other).status == 404);
    BOOST_TEST(
        send("DELETE", "/compute/", {{"Category", "compute; scheme=\"" + infrastructure + "\""}}).status ==
        200);
    BOOST_TEST(count("/compute/") == 0U);
    BOOST_TEST(send("DELETE", "/compute/").status == 200); // who names none means none that is not there
}

BOOST_AUTO_TEST_CASE(narrows_an_action_too) {
    const auto one = compute("a"), other = compute("b");
    const std::string body = "Category: " + suspend;
    const support::Headers none{{"Content-Type", "text/plain"},
                                {"X-OCCI-Attribute", "occi.core.title=\"nobody\""}};
    BOOST_TEST(send("POST", "/compute/?action=suspend", none, body).status == 404);
    BOOST_TEST(agent.state_of(one) == "ACTIVE");
    const auto answer =
        send("POST", "/compute/?action=suspend",
             {{"Content-Type", "text/plain"}, {"X-OCCI-Attribute", "occi.core.title=\"b\""}}, body);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body.ends_with("/compute/" + other));
    BOOST_TEST(agent.becomes(other, "SUSPENDED"));
    BOOST_TEST(agent.state_of(one) == "ACTIVE");
    // All in headers: then they are the action's own.
    BOOST_TEST(send("POST", "/compute/?action=start",
                    {{"Category", "start; scheme=\"" + action_scheme + "\"; class=\"action\""}})
                   .status == 409); // one is active
}

BOOST_AUTO_TEST_CASE(binds_what_is_done_to_one_entity) {
    const auto id = compute("a");
    const auto path = "/compute/" + id;
    const support::Headers other{{"Content-Type", "text/plain"},
                                 {"X-OCCI-Attribute", "occi.core.title=\"b\""}},
        it{{"Content-Type", "text/plain"}, {"X-OCCI-Attribute", "occi.core.title=\"a\""}};
    BOOST_TEST(send("POST", path + "?action=suspend", other, "Category: " + suspend).status == 412);
    BOOST_TEST(send("DELETE", path, other).status == 412);
    BOOST_TEST(send("DELETE", path, {{"Category", "storage; scheme=\"" + infrastructure + "\""}}).status ==
               412);
    BOOST_TEST(client
                   .send("DELETE", path, {},
                         {{"X-OCCI-Attribute", "occi.core.title=\"b\""}, {"Accept", "application/xml"}})
                   .status == 412);
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
    // What has ended a moment ago may still count as under way.
    BOOST_TEST(support::eventually(
        [&] { return send("POST", path + "?action=suspend", it, "Category: " + suspend).status == 200; }));
    BOOST_TEST(agent.becomes(id, "SUSPENDED"));
    BOOST_TEST(support::eventually([&] { return send("DELETE", path, it).status == 200; }));
}

// The parameters of the action count although Content-Type promises a body.
BOOST_AUTO_TEST_CASE(in_headers_means_the_action_when_there_is_no_body) {
    const auto id = compute("a");
    const auto answer = send("POST", "/compute/" + id + "?action=stop",
                             {{"Content-Type", "text/plain"},
                              {"Category", "stop; scheme=\"" + action_scheme + "\"; class=\"action\""},
                              {"X-OCCI-Attribute", "method=\"by magic\""}});
    BOOST_TEST(answer.status == 400, answer.body);
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(that_cannot_hold_makes_nothing) {
    const std::string id = "6695eb01-0000-4000-8000-000000000001";
    const auto answer = send("PUT", "/compute/" + id, {{"If-Match", "\"x\""}, {"Content-Type", "text/plain"}},
                             "Category: compute; scheme=\"" + infrastructure + "\"");
    BOOST_TEST(answer.status == 412, answer.body);
    BOOST_TEST(client.get("/compute/" + id).status == 404);
}

// What is in the way of one is in the way of all, and is named.
BOOST_AUTO_TEST_CASE(all_or_none_of_the_links_are_removed) {
    const auto image = agent.image();
    const auto id = compute("a", "<DISKS><DISK image=\"" + image + "\"/><SWAP size=\"8\"/></DISKS>");
    const auto answer = send("DELETE", "/storagelink/");
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find(id) != std::string::npos, answer.body);
    BOOST_TEST(answer.body.find("boots") != std::string::npos, answer.body);
    BOOST_TEST(count("/storagelink/") == 2U);
    BOOST_TEST(
        send("DELETE", "/storagelink/", {{"X-OCCI-Attribute", "occi.storagelink.deviceid=\"/dev/vdb\""}})
            .status == 200);
    BOOST_TEST(count("/storagelink/") == 1U);
    BOOST_TEST(send("DELETE", "/networkinterface/").status == 200);
    BOOST_TEST(count("/networkinterface/") == 0U);
}

BOOST_AUTO_TEST_CASE(all_or_none_of_the_storages_and_networks_are_removed) {
    agent.image("first");
    const auto image = agent.image("used");
    agent.image("last");
    agent.network();
    const auto id = compute("a", "<DISKS><DISK image=\"" + image + "\"/></DISKS>");
    for (const auto* path : {"/storage/", "/network/"}) {
        const auto before = count(path);
        const auto answer = send("DELETE", path);
        BOOST_TEST(answer.status == 409, path);
        BOOST_TEST(answer.body.find(id) != std::string::npos, answer.body);
        BOOST_TEST(count(path) == before);
    }
    BOOST_TEST(send("DELETE", "/compute/").status == 200);
    BOOST_TEST(send("DELETE", "/storage/").status == 200);
    BOOST_TEST(count("/storage/") == 0U);
}

BOOST_AUTO_TEST_CASE(of_a_mixin_is_taken_from_no_more_than_was_named) {
    send("POST", "/-/", {{"Content-Type", "text/plain"}},
         "Category: tag; scheme=\"http://example.com/mine#\"; class=\"mixin\"; location=\"/tag/\"");
    const auto one = compute("a"), other = compute("b");
    const std::string both = "X-OCCI-Location: /compute/" + one + "\nX-OCCI-Location: /compute/" + other;
    BOOST_TEST(send("POST", "/tag/", {{"Content-Type", "text/plain"}}, both).status == 200);
    // A list that was not understood is no empty list.
    BOOST_TEST(send("DELETE", "/tag/", {{"Content-Type", "text/plain"}}, "Category: " + suspend).status ==
               400);
    BOOST_TEST(
        send("DELETE", "/tag/", {{"Content-Type", "application/occi+json"}}, "{\"resources\":[]}").status ==
        400);
    BOOST_TEST(send("DELETE", "/tag/", {}, "X-OCCI-Location: /compute/nobody").status == 404);
    BOOST_TEST(send("PUT", "/tag/", {{"Content-Type", "text/plain"}}).status == 400);
    BOOST_TEST(send("DELETE", "/tag/", {{"X-OCCI-Attribute", "occi.core.title=\"nobody\""}}).status == 404);
    BOOST_TEST(client.remove("/tag/").status == 405);
    BOOST_TEST(count("/tag/") == 2U);
    // In headers, although Content-Type promises lines.
    BOOST_TEST(
        send("DELETE", "/tag/", {{"Content-Type", "text/plain"}, {"X-OCCI-Location", "/compute/" + one}})
            .status == 200);
    BOOST_TEST(count("/tag/") == 1U);
    BOOST_TEST(send("PUT", "/tag/", {{"Content-Type", "text/plain"}}, both).status == 200);
    BOOST_TEST(send("DELETE", "/tag/", {{"X-OCCI-Attribute", "occi.core.title=\"b\""}}).status == 200);
    BOOST_TEST(count("/tag/") == 1U);
    BOOST_TEST(
        send("PUT", "/tag/", {{"Content-Type", "application/occi+json"}}, "{\"resources\":[]}").status ==
        200);
    BOOST_TEST(count("/tag/") == 0U);
}

BOOST_AUTO_TEST_CASE(in_the_body_of_a_removal_is_refused) {
    const auto id = compute("a");
    for (const auto& path : {"/compute/" + id, std::string("/compute/")}) {
        const auto answer = send("DELETE", path, {}, "X-OCCI-Location: /compute/x");
        BOOST_TEST(answer.status == 413, path);
        BOOST_TEST(agent.state_of(id) == "ACTIVE");
    }
}

BOOST_AUTO_TEST_SUITE_END()
