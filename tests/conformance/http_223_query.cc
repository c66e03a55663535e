// GFD.223, 7.1 and 9: the query interface, and the mixins that users define there.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/refusal.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

namespace conformance {
namespace {

const std::string compute_category = "compute; scheme=\"" + infrastructure + "\"; class=\"kind\"";

std::string definition(const std::string& term, const std::string& location,
                       const std::string& scheme = user_scheme) {
    return mixin_line(term, scheme) + "; location=\"" + location + "\"";
}

const Clauses reading{
    {"GFD.223 4", must, "has a query interface below the root, at /-/",
     [](Provider& it) { BOOST_TEST(it.get("/-/").status == 200); }},
    {"GFD.223 4", may, "has the same at the well-known place of the authority",
     [](Provider& it) { BOOST_TEST(it.get("/.well-known/org/ogf/occi/-/").body == it.get("/-/").body); }},
    {"GFD.223 9.1", must, "shows every kind of core and infrastructure",
     [](Provider& it) {
         const auto body = it.get("/-/").body;
         for (const auto* term : {"entity", "resource", "link"})
             BOOST_TEST(!category_in(body, term, core).empty(), term);
         for (const auto* term : {"compute", "network", "storage", "networkinterface", "storagelink"})
             BOOST_TEST(!category_in(body, term).empty(), term);
     }},
    {"GFD.223 9.1", must, "shows the mixins, with what they apply to in JSON",
     [](Provider& it) {
         const auto body = it.get("/-/").body;
         BOOST_TEST(!category_in(body, "os_tpl").empty());
         BOOST_TEST(!category_in(body, "resource_tpl").empty());
         BOOST_TEST(it.get_as("application/occi+json", "/-/")
                        .body.find("\"applies\":[\"" + infrastructure + "compute\"]") != std::string::npos);
     }},
    {"GFD.223 9.1", must, "shows each action of a kind as a category of its own",
     [](Provider& it) {
         const auto body = it.get("/-/").body;
         for (const auto* term : {"compute", "network", "storage"})
             for (const auto& line : lines_of(body, "Category")) {
                 if (!line.starts_with(std::string(term) + "; scheme=\"" + infrastructure + "\"")) continue;
                 auto actions = parameter(line, "actions") + " ";
                 BOOST_TEST(actions.size() > 1, term);
                 for (auto blank = actions.find(' '); blank != actions.npos; blank = actions.find(' ')) {
                     const auto hash = actions.find('#');
                     BOOST_TEST(!category_in(body, actions.substr(hash + 1, blank - hash - 1),
                                             actions.substr(0, hash + 1))
                                     .empty(),
                                actions);
                     actions.erase(0, blank + 1);
                 }
             }
     }},
    {"GFD.223 7.1", should, "narrows it down to the category of the filter",
     [](Provider& it) {
         const auto body =
             it.get("/-/", {{"Content-Type", "text/occi"}, {"Category", compute_category}}).body;
         BOOST_TEST(lines_of(body, "Category").size() == 1U);
         BOOST_TEST(body.starts_with("Category: compute; "));
     }},
    {"GFD.223 7.1", should, "narrows it down to several categories",
     [](Provider& it) {
         const auto body = it.get("/-/", {{"Category", compute_category},
                                          {"Category", "os_tpl; scheme=\"" + infrastructure + "\""}})
                               .body;
         BOOST_TEST(lines_of(body, "Category").size() == 2U);
     }},
    {"GFD.223 7.1", should, "shows the relatives of the named categories with them",
     LeftOut{"who filters gets what was named and nothing else, as OCCI 1.1 has it"}},
    {"GFD.223 7.1", must, "does not find a category of a filter that there is none of",
     [](Provider& it) {
         BOOST_TEST(
             it.get("/-/", {{"Category", "car; scheme=\"http://conformance.example/x#\"; class=\"kind\""}})
                 .status == 404);
     }},
    {"GFD.223 9.1", must, "answers HEAD as GET",
     [](Provider& it) {
         const auto head = it.send("HEAD", "/-/");
         BOOST_TEST(head.status == 200);
         BOOST_TEST(head.body.empty());
         BOOST_TEST(head.header("Content-Length") == std::to_string(it.get("/-/").body.size()));
     }},
    {"GFD.223 9.2", must, "knows no PUT of the query interface",
     [](Provider& it) {
         const auto answer = it.put("/-/", definition("tag", "/tag/"));
         BOOST_TEST(answer.status == 405);
         BOOST_TEST(answer.header("Allow").find("POST") != std::string::npos);
     }},
};

const Clauses defining{
    {"GFD.223 9.3", may, "takes the mixin of a user, answers 200 and shows it",
     [](Provider& it) {
         const auto answer = it.post("/-/", definition("tag", "/tag/"));
         BOOST_TEST(answer.status == 200);
         BOOST_TEST(answer.body == "OK");
         const auto line = category_in(it.get("/-/").body, "tag", user_scheme);
         BOOST_TEST(parameter(line, "class") == "mixin");
         BOOST_TEST(parameter(line, "location") == "/tag/");
     }},
    {"GFD.223 9.3", may, "takes several of them, as text and as JSON",
     [](Provider& it) {
         BOOST_TEST(it.post("/-/", definition("one", "/one/") + "\n" + definition("two", "/two/")).status ==
                    200);
         const auto json =
             R"({"mixins":[{"term":"three","scheme":")" + user_scheme + R"(","location":"/three/"}]})";
         BOOST_TEST(it.post("/-/", json).status == 200);
         const auto body = it.get("/-/").body;
         for (const auto* term : {"one", "two", "three"})
             BOOST_TEST(!category_in(body, term, user_scheme).empty(), term);
     }},
    {"GFD.223 9.3", may, "takes one by headers, at an absolute location",
     [](Provider& it) {
         const auto category =
             mixin_line("tag", user_scheme).substr(10) + "; location=\"" + it.base() + "/tag/\"";
         BOOST_TEST(it.post("/-/", {}, {{"Content-Type", "text/occi"}, {"Category", category}}).status ==
                    200);
         BOOST_TEST(parameter(category_in(it.get("/-/").body, "tag", user_scheme), "location") == "/tag/");
         BOOST_TEST(it.get("/tag/").status == 200);
     }},
    {"GFD.223 9.4", must, "removes the mixin of a user, from its entities too",
     [](Provider& it) {
         it.define("tag");
         const auto network = it.network(mixin("tag", user_scheme));
         BOOST_TEST(!category_in(it.get(network).body, "tag", user_scheme).empty());
         BOOST_TEST(it.remove("/-/", mixin_line("tag", user_scheme)).status == 200);
         BOOST_TEST(category_in(it.get("/-/").body, "tag", user_scheme).empty());
         BOOST_TEST(category_in(it.get(network).body, "tag", user_scheme).empty());
         BOOST_TEST(it.get("/tag/").status == 404);
     }},
    refused("GFD.223 9.3", must, "wants a location of the mixin", 400,
            {"POST", "/-/", mixin("tag", user_scheme)}, "location"),
    refused(
        "GFD.223 9.3", must, "wants a mixin and no kind", 400,
        {"POST", "/-/", "Category: tag; scheme=\"" + user_scheme + "\"; class=\"kind\"; location=\"/tag/\""}),
    refused("GFD.223 9.3", must, "wants some mixin", 400, {"POST", "/-/", ""}),
    refused("GFD.223 9.3", may, "refuses a mixin that is there already", 409,
            {"POST", "/-/", definition("tag", "/tag/") + "\n" + definition("tag", "/other/")}, "already"),
    refused("GFD.223 9.3", may, "refuses a location that is taken", 409,
            {"POST", "/-/", definition("tag", "/compute/")}, "location"),
    refused("GFD.221 5.3.1", must, "keeps the schemes of the standard to the standard", 403,
            {"POST", "/-/", definition("tag", "/tag/", infrastructure)}, "scheme"),
    refused("GFD.223 9.3", must, "takes no mixin that depends on what is not there", 404,
            {"POST", "/-/", definition("tag", "/tag/") + "; rel=\"http://conformance.example/x#y\""}),
    refused("GFD.223 9.4", must, "keeps the mixins of the provider", 403,
            {"DELETE", "/-/", mixin("os_tpl", infrastructure)}),
    refused("GFD.223 9.4", must, "keeps the kinds", 403,
            {"DELETE", "/-/", "Category: compute; scheme=\"" + infrastructure + "\""}),
    refused("GFD.223 9.4", must, "does not find a mixin that is not there", 404,
            {"DELETE", "/-/", mixin("tag", user_scheme)}),
};

const Chapter chapter("http_223_query", reading + defining);

} // namespace
} // namespace conformance
