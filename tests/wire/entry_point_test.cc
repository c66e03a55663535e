#define BOOST_TEST_DYN_LINK
#include "tests/support/captured_stderr.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <tuple>

namespace data = boost::unit_test::data;

namespace {} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_entry_point, wire::Fixture)

BOOST_AUTO_TEST_CASE(names_the_pools_with_the_host_that_was_asked) {
    const auto answer = client.get("/");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header("Content-Type") == "application/xml;charset=utf-8");
    BOOST_TEST(answer.body == "<COLLECTIONS><COMPUTE_COLLECTION href=\"" + url() +
                                  "/compute\"/><INSTANCE_TYPE_COLLECTION href=\"" + url() +
                                  "/instance_type\"/><NETWORK_COLLECTION href=\"" + url() +
                                  "/network\"/><STORAGE_COLLECTION href=\"" + url() +
                                  "/storage\"/><USER_COLLECTION href=\"" + url() + "/user\"/></COLLECTIONS>");
    BOOST_TEST(
        client.send("GET", "/", {}, {{"Host", "localhost:99"}}).body.find("http://localhost:99/compute") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(shows_empty_pools) {
    BOOST_TEST(client.get("/compute").body == "<COMPUTES/>");
    BOOST_TEST(client.get("/storage").body == "<STORAGE/>");
}

BOOST_AUTO_TEST_CASE(lists_the_default_network_that_it_made) {
    const auto answer = client.get("/network");
    BOOST_TEST(answer.body.find("<NETWORKS><NETWORK href=\"" + url("/network/")) == 0U);
}

BOOST_AUTO_TEST_CASE(shows_the_instance_types) {
    BOOST_TEST(client.get("/instance_type").body.find("<NAME>medium</NAME>") != std::string::npos);
    BOOST_TEST(client.get("/instance_type/small").status == 200);
    BOOST_TEST(client.get("/instance_type/huge").status == 404);
}

BOOST_AUTO_TEST_CASE(answers_head_like_get_without_a_body) {
    const auto get = client.get("/compute");
    const auto head = client.send("HEAD", "/compute");
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.body.empty());
    BOOST_TEST(head.header("Content-Length") == get.header("Content-Length"));
}

using Row = std::tuple<std::string, std::string, int, std::string>;
const std::vector<Row> not_allowed = {
    {"PUT", "/compute", 405, "GET, HEAD, POST, OPTIONS"},
    {"DELETE", "/compute", 405, "GET, HEAD, POST, OPTIONS"},
    {"POST", "/", 405, "GET, HEAD, OPTIONS"},
    {"PUT", "/storage/6695eb01-0000-4000-8000-000000000001", 405, "GET, HEAD, DELETE, OPTIONS"},
    {"PATCH", "/compute/6695eb01-0000-4000-8000-000000000001", 405, "GET, HEAD, PUT, DELETE, OPTIONS"},
    {"PUT", "/-/", 405, "GET, HEAD, POST, DELETE, OPTIONS"},
    {"PUT", "/network/6695eb01-0000-4000-8000-000000000001", 405, "GET, HEAD, DELETE, OPTIONS"},
    {"PATCH", "/storage", 405, "GET, HEAD, POST, OPTIONS"},
    {"OPTIONS", "/storage", 204, "GET, HEAD, POST, OPTIONS"},
    {"OPTIONS", "/storage/", 204, "GET, HEAD, POST, OPTIONS"},
    {"OPTIONS", "/storagelink/", 204, "GET, HEAD, POST, OPTIONS"},
    {"OPTIONS", "/mixin/ipnetwork/", 204, "GET, HEAD, POST, PUT, OPTIONS"},
    {"OPTIONS", "*", 204, "GET, HEAD, OPTIONS"},
    {"OPTIONS", "//storage//", 204, "GET, HEAD, POST, OPTIONS"},
};

BOOST_DATA_TEST_CASE(says_which_methods_are_allowed, data::make(not_allowed), method, path, status, allow) {
    const auto answer = client.send(method, path);
    BOOST_TEST(answer.status == status);
    BOOST_TEST(answer.header("Allow") == allow);
}

// What Allow names is so when it is tried: a DELETE of all needs to say OCCI.
BOOST_DATA_TEST_CASE(allows_what_the_family_that_is_meant_has,
                     data::make({"/storage", "/storage/", "/storagelink/", "/mixin/ipnetwork/"}), path) {
    for (const auto& headers : {support::Headers{},
                                {{"Accept", "application/xml"}},
                                {{"Accept", "text/html"}},
                                {{"Accept", "text/occi"}},
                                {{"User-Agent", "x OCCI/1.1"}}}) {
        const auto allow = client.send("OPTIONS", path, {}, headers).header("Allow");
        const auto refused = client.send("DELETE", path, {}, headers);
        if (refused.status == 406) continue; // there is nothing that could be said in such a type
        const bool is_allowed = allow.find("DELETE") != std::string::npos;
        BOOST_TEST(is_allowed == (refused.status != 405), path << ": " << allow << ", " << refused.body);
        if (!is_allowed) BOOST_TEST(refused.header("Allow") == allow);
    }
}

BOOST_DATA_TEST_CASE(knows_nothing_elsewhere,
                     data::make({"/nothing", "/compute/6695eb01-0000-4000-8000-000000000001", "/network/x",
                                 "/storage/%3Cx%3E", "/compute/../etc"}),
                     path) {
    const auto answer = client.get(path);
    BOOST_TEST(answer.status == 404);
    BOOST_TEST(answer.header("Content-Type") == "text/plain;charset=utf-8");
    BOOST_TEST(!answer.body.empty());
}

BOOST_DATA_TEST_CASE(refuses_a_host_that_is_not_local,
                     data::make({"example.org", "evil.localhost.example:4567", "10.0.0.1"}), host) {
    const auto answer = client.send("GET", "/", {}, {{"Host", host}});
    BOOST_TEST(answer.status == 403);
    BOOST_TEST(answer.body.find("loopback") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(unpacks_no_body) {
    const auto send = [&](const std::string& coding) {
        return client.send("POST", "/network", "<NETWORK><NAME>a</NAME></NETWORK>",
                           {{"Content-Encoding", coding}});
    };
    BOOST_TEST(send("gzip").status == 415);
    BOOST_TEST(send("gzip").header("Accept-Encoding") == "identity");
    BOOST_TEST(send("Identity").status == 201);
}

BOOST_AUTO_TEST_CASE(tells_errors_in_xml_to_who_asks_for_xml) {
    const auto answer = client.send("GET", "/compute/none", {}, {{"Accept", "application/xml"}});
    BOOST_TEST(answer.status == 404);
    BOOST_TEST(answer.header("Content-Type") == "application/xml;charset=utf-8");
    BOOST_TEST(answer.body == "<ERROR><MESSAGE>there is no compute none</MESSAGE></ERROR>");
}

BOOST_AUTO_TEST_CASE(takes_doubled_slashes_for_one) {
    BOOST_TEST(client.get("//compute").body == client.get("/compute").body);
    BOOST_TEST(client.get("//compute//").body == client.get("/compute/").body);
    BOOST_TEST(client.get("//instance_type///small").status == 200);
}

// Expect: 100-continue: who asks, and whether there is such a thing, comes before the body.
using Expected = std::tuple<std::string, std::string, std::string, int>;
const std::vector<Expected> expected = {
    {"POST", "/compute", "127.0.0.1", 100},      {"POST", "/compute", "example.org", 403},
    {"POST", "/nothing", "127.0.0.1", 404},      {"PATCH", "/compute", "127.0.0.1", 405},
    {"PUT", "/instance_type", "localhost", 405},
};

BOOST_DATA_TEST_CASE(asks_for_a_body_after_it_knows_who_and_what, data::make(expected), method, path, host,
                     status) {
    const auto answer = client.raw(method + " " + path + " HTTP/1.1\r\nHost: " + host +
                                       "\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
                                   true);
    BOOST_TEST(answer.status == status);
}

BOOST_AUTO_TEST_CASE(compresses_what_is_long_for_who_asks) {
    for (int i = 1; i <= 20; ++i) agent.network("10." + std::to_string(i) + ".0.0");
    const support::Headers gzip{{"Accept-Encoding", "gzip"}};
    const auto plain = client.get("/network"), coded = client.send("GET", "/network", {}, gzip);
    BOOST_TEST(plain.header("Content-Encoding") == "");
    BOOST_TEST(coded.header("Content-Encoding") == "gzip");
    BOOST_TEST(coded.body.size() * 2 < plain.body.size());
    for (const auto* answer : {&plain, &coded}) {
        BOOST_TEST(answer->header("Vary").starts_with("Accept, User-Agent, "));
        BOOST_TEST(answer->header("Vary").ends_with(", Accept-Encoding"));
    }
    // Two bodies have two tags, and each is known again.
    BOOST_TEST(coded.header("ETag") != plain.header("ETag"));
    for (const auto* answer : {&plain, &coded}) {
        const auto tag = answer->header("ETag");
        const auto again =
            client.send("GET", "/network", {}, {{"Accept-Encoding", "gzip"}, {"If-None-Match", tag}});
        BOOST_TEST(again.status == 304);
        BOOST_TEST(again.header("ETag") == tag);
        BOOST_TEST(again.header("Vary") == plain.header("Vary"));
    }
    BOOST_TEST(client.send("GET", "/instance_type/small", {}, gzip).header("Content-Encoding") == "");
}

BOOST_AUTO_TEST_CASE(logs_who_asked_and_what_came_of_it) {
    const support::CapturedStderr log;
    client.send("GET", "/nothing", {}, {{"X-Request-Id", "first"}});
    client.send("GET", "/", {}, {{"X-Request-Id", "second"}, {"Host", "example.org"}});
    const auto ends = [&](const std::string& begin, const std::string& end) {
        const auto all = log.text();
        const auto at = all.find(begin);
        return at != all.npos && all.substr(at, all.find('\n', at) - at).ends_with(end);
    };
    BOOST_TEST(support::eventually([&] { return ends("<6>GET /nothing 404 ", " first"); }));
    BOOST_TEST(log.text().find(" ms local 127.0.0.1:") != std::string::npos);
    // Nobody knows who that is.
    BOOST_TEST(support::eventually([&] { return ends("<6>GET / 403 ", " second"); }));
    BOOST_TEST(log.text().find(" ms - 127.0.0.1:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(asks_the_hypervisor_nothing_to_answer_a_get) {
    agent.compute("<COMPUTE><NAME>a</NAME></COMPUTE>");
    // The agent lists the node now and then, so not every try is quiet: one is enough, since a GET that asks would ask
    // each time.
    const bool quiet = support::eventually([&] {
        const auto before = agent.host().calls();
        for (const auto* path : {"/", "/compute", "/network", "/storage", "/instance_type"}) client.get(path);
        return agent.host().calls() == before;
    });
    BOOST_TEST(quiet);
}

BOOST_AUTO_TEST_CASE(goes_on_answering_while_the_hypervisor_is_away) {
    const auto id = agent.compute("<COMPUTE><NAME>a</NAME></COMPUTE>");
    agent.host().lose("on purpose");
    BOOST_TEST(client.get("/compute/" + id).status == 200);
    BOOST_TEST(client.get("/compute").body.find(id) != std::string::npos);
    agent.host().come_back();
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
}

BOOST_AUTO_TEST_SUITE_END()
