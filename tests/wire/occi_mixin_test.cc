// Mixins that users define, and what has them.
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

const std::string mine = "http://example.com/mine#";

std::string definition(const std::string& term, const std::string& location, const std::string& scheme = mine,
                       const std::string& more = {}) {
    return "Category: " + term + "; scheme=\"" + scheme + "\"; class=\"mixin\"; location=\"" + location +
           "\"" + more;
}

struct Fixture : wire::Fixture {
    support::Answer send(const std::string& method, const std::string& target, const std::string& body = {},
                         const std::string& accept = "text/plain") const {
        return client.send(method, target, body,
                           {{"Content-Type", body.starts_with('{') ? "application/json" : "text/plain"},
                            {"Accept", accept}});
    }
    std::string list(const std::string& target) const { return get_as("text/uri-list", target).body; }
    bool is_advertised(const std::string& term) const {
        const auto all = read("/-/");
        for (const auto& mixin : all["mixins"])
            if (mixin["scheme"] == mine && mixin["term"] == term) return true;
        return false;
    }
    bool has(const std::string& target, const std::string& term) const {
        return read(target).value("mixins", json::array()).dump().find("\"" + mine + term + "\"") !=
               std::string::npos;
    }
    std::string make_storage(const std::string& more = {}) const {
        return send("POST", "/storage/",
                    words::kind("storage") + words::attribute("occi.storage.size=1") + more)
            .id();
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
    {"POST", 400, "no mixin", ""},
    {"POST", 400, "location", "Category: a; scheme=\"" + mine + "\"; class=\"mixin\""},
    {"POST", 400, "kind", "Category: a; scheme=\"" + mine + "\"; class=\"kind\"; location=\"/a/\""},
    {"POST", 400, "term", definition("A", "/a/")},
    {"POST", 400, "scheme", definition("a", "/a/", "mine")},
    {"POST", 400, "location", definition("a", "/a b/")},
    {"POST", 400, "location", definition("a", "/")},
    {"POST", 400, "attributes", definition("a", "/a/", mine, "; attributes=\"x.y\"")},
    {"POST", 400, "quote", definition("a", "/a/", mine, R"(; title="a\"; location=\"/compute/")")},
    {"POST", 404, "there is no mixin", definition("a", "/a/", mine, "; rel=\"http://example.com/x#y\"")},
    {"POST", 403, "scheme", definition("a", "/a/", "http://schemas.ogf.org/occi/a#")},
    {"POST", 409, "location", definition("a", "/compute/")},
    {"POST", 409, "location", definition("a", "/compute/a/")},
    {"POST", 409, "location", definition("a", "/mixin/a/")},
    {"POST", 409, "location", definition("a", "/taken/")},
    {"POST", 409, "already", definition("taken", "/a/")},
    {"POST", 409, "already", definition("a", "/a/") + "\n" + definition("taken", "/b/")},
    {"POST", 400, "JSON", "{"},
    {"DELETE", 403, "agent's own",
     "Category: compute; scheme=\"http://schemas.ogf.org/occi/infrastructure#\""},
    {"DELETE", 403, "agent's own",
     "Category: os_tpl; scheme=\"http://schemas.ogf.org/occi/infrastructure#\""},
    {"DELETE", 404, "there is no mixin", "Category: a; scheme=\"" + mine + "\""},
    {"DELETE", 404, "there is no mixin", definition("taken", "/taken/") + "\n" + definition("a", "/a/")},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_mixin, Fixture)

BOOST_AUTO_TEST_CASE(is_defined_given_taken_and_forgotten) {
    BOOST_TEST(send("POST", "/-/", definition("tag", "/tag/")).status == 200);
    BOOST_TEST(is_advertised("tag"));
    BOOST_TEST(list("/tag/") == "");

    const auto storage = make_storage(), other = make_storage();
    const auto given = send("POST", "/tag/", "X-OCCI-Location: http://somewhere/storage/" + storage);
    BOOST_TEST(given.status == 200);
    BOOST_TEST(given.body.ends_with("/storage/" + storage));
    BOOST_TEST(has("/storage/" + storage, "tag"));
    BOOST_TEST(!has("/storage/" + other, "tag"));
    BOOST_TEST(list("/tag/") == url("/storage/" + storage));
    BOOST_TEST(list("/tag") == url("/storage/" + storage));

    BOOST_TEST(send("PUT", "/tag/", "X-OCCI-Location: /storage/" + other).status == 200);
    BOOST_TEST(list("/tag/") == url("/storage/" + other));

    BOOST_TEST(send("DELETE", "/tag/", "X-OCCI-Location: /storage/" + other).status == 200);
    BOOST_TEST(list("/tag/") == "");

    send("PUT", "/tag/", "X-OCCI-Location: /storage/" + other);
    BOOST_TEST(send("DELETE", "/-/", definition("tag", "/tag/")).status == 200);
    BOOST_TEST(!is_advertised("tag"));
    BOOST_TEST(!has("/storage/" + other, "tag"));
    BOOST_TEST(send("GET", "/tag/").status == 404);
}

BOOST_AUTO_TEST_CASE(is_defined_by_json) {
    const auto answer = send("POST", "/-/",
                             R"({"mixins":[{"term":"one","scheme":")" + mine +
                                 R"(","location":"/one/"},{"term":"two","scheme":")" + mine +
                                 R"(","location":"http://127.0.0.1/two/","title":"Two"}]})");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(is_advertised("one"));
    BOOST_TEST(is_advertised("two"));
}

BOOST_AUTO_TEST_CASE(outlives_the_agent) {
    send("POST", "/-/", definition("tag", "/tag/"));
    const auto storage = make_storage("Category: tag; scheme=\"" + mine + "\"");
    agent.restart();
    BOOST_TEST(is_advertised("tag"));
    BOOST_TEST(has("/storage/" + storage, "tag"));
}

BOOST_AUTO_TEST_CASE(is_given_at_creation_and_by_a_change_of_the_entity) {
    send("POST", "/-/", definition("tag", "/tag/"));
    const auto tagged = make_storage("Category: tag; scheme=\"" + mine + "\"");
    BOOST_TEST(has("/storage/" + tagged, "tag"));
    const auto later = make_storage();
    BOOST_TEST(send("POST", "/storage/" + later, "Category: tag; scheme=\"" + mine + "\"").status == 200);
    BOOST_TEST(has("/storage/" + later, "tag"));
    const auto whole =
        "Category: storage; scheme=\"http://schemas.ogf.org/occi/infrastructure#\"; class=\"kind\"";
    BOOST_TEST(send("PUT", "/storage/" + later, whole).status == 200);
    BOOST_TEST(!has("/storage/" + later, "tag"));
}

BOOST_AUTO_TEST_CASE(is_something_to_filter_by) {
    send("POST", "/-/", definition("tag", "/tag/"));
    const auto tagged = make_storage("Category: tag; scheme=\"" + mine + "\"");
    make_storage();
    const auto answer = client.send("GET", "/storage/", {},
                                    {{"Accept", "text/uri-list"},
                                     {"Content-Type", "text/occi"},
                                     {"Category", "tag; scheme=\"" + mine + "\"; class=\"mixin\""}});
    BOOST_TEST(answer.body == url("/storage/" + tagged));
}

BOOST_AUTO_TEST_CASE(goes_with_the_entity) {
    send("POST", "/-/", definition("tag", "/tag/"));
    const auto storage = make_storage("Category: tag; scheme=\"" + mine + "\"");
    BOOST_TEST(send("DELETE", "/storage/" + storage).status == 200);
    BOOST_TEST(list("/tag/") == "");
}

BOOST_AUTO_TEST_CASE(is_only_what_a_user_has_defined) {
    const auto storage = make_storage();
    const auto answer = send("POST", "/mixin/os_tpl/", "X-OCCI-Location: /storage/" + storage);
    BOOST_TEST(answer.status == 403);
    send("POST", "/-/", definition("tag", "/tag/"));
    BOOST_TEST(
        send("POST", "/tag/", "X-OCCI-Location: /storage/6695eb01-0000-4000-8000-000000000001").status ==
        404);
    BOOST_TEST(send("POST", "/tag/", "X-OCCI-Location: /elsewhere/x").status == 400);
    BOOST_TEST(send("POST", "/tag/").status == 400);
}

BOOST_DATA_TEST_CASE(is_refused_and_nothing_is_defined, data::make(refusals), refusal) {
    send("POST", "/-/", definition("taken", "/taken/"));
    const auto before = read("/-/");
    const auto answer = send(refusal.method, "/-/", refusal.body);
    BOOST_TEST_INFO(answer.body);
    BOOST_TEST(answer.status == refusal.status);
    BOOST_TEST(answer.body.find(refusal.word) != std::string::npos);
    BOOST_TEST(read("/-/") == before);
}

BOOST_AUTO_TEST_CASE(acts_on_all_that_have_it) {
    send("POST", "/-/", definition("tag", "/tag/"));
    const auto one = agent.compute("<COMPUTE><NAME>a</NAME></COMPUTE>");
    const auto two = agent.compute("<COMPUTE><NAME>b</NAME></COMPUTE>");
    send("POST", "/tag/", "X-OCCI-Location: /compute/" + one);
    const auto act = [&](const std::string& place, const std::string& term, const std::string& more = {}) {
        return send("POST", place + "?action=" + term,
                    words::category(term, words::action_scheme("compute"), "action") + more);
    };
    const auto answer = act("/tag/", "suspend");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(agent.becomes(one, "SUSPENDED"));
    BOOST_TEST(agent.state_of(two) == "ACTIVE");
    // All or none: one of them is suspended already.
    BOOST_TEST(act("/compute/", "restart").status == 409);
    BOOST_TEST(act("/compute/", "stop", words::attribute("method=\"poweroff\"")).status == 200);
    BOOST_TEST(agent.becomes(one, "STOPPED"));
    BOOST_TEST(agent.becomes(two, "STOPPED"));
    BOOST_TEST(act("/compute/", "dance").status == 400);
    BOOST_TEST(send("POST", "/compute/?action=start").status == 400);
}

BOOST_AUTO_TEST_CASE(of_a_kind_all_entities_are_removed_at_once) {
    make_storage();
    make_storage();
    agent.compute("<COMPUTE><NAME>a</NAME></COMPUTE>");
    BOOST_TEST(send("DELETE", "/storage/").status == 200);
    BOOST_TEST(list("/storage/") == "");
    BOOST_TEST(send("DELETE", "/compute/").status == 200);
    BOOST_TEST(list("/compute/") == "");
    BOOST_TEST(agent.host().compute().list().empty());
}

BOOST_AUTO_TEST_SUITE_END()
