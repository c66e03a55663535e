// GFD.185 (OCCI 1.1): what it asks for beyond OCCI 1.2.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/refusal.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

namespace conformance {
namespace {

const Clauses clauses{
    {"GFD.185 3.3.1", must, "ends the locations of kinds and mixins in a slash",
     [](Provider& it) {
         for (const auto& line : lines_of(it.get("/-/").body, "Category")) {
             const auto location = parameter(line, "location");
             BOOST_TEST((location.empty() || location.ends_with('/')), line);
         }
     }},
    {"GFD.185 3.3.1", must, "takes a path with a slash at its end for no entity",
     [](Provider& it) { BOOST_TEST(it.get(it.standing().compute + "/").status == 404); }},
    {"GFD.185 3.4.1", must, "filters the query interface",
     [](Provider& it) {
         const auto body =
             it.get("/-/", {{"Content-Type", "text/occi"},
                            {"Category", "network; scheme=\"" + infrastructure + "\"; class=\"kind\""}})
                 .body;
         BOOST_TEST(body.starts_with("Category: network; "));
         BOOST_TEST(lines_of(body, "Category").size() == 1U);
     }},
    {"GFD.185 3.4.2", must, "shows all that is below the root",
     [](Provider& it) {
         it.standing();
         std::size_t count = 0;
         for (const auto* location :
              {"/compute/", "/network/", "/storage/", "/storagelink/", "/networkinterface/"})
             count += it.members(location).size();
         BOOST_TEST(it.members("/").size() == count);
     }},
    {"GFD.185 3.4.2", must, "deletes all that is below a path",
     LeftOut{"of a kind only: the root is not deleted by one request (405), and OCCI 1.2 has it no more"}},
    {"GFD.185 3.4.2", must, "does not delete the root",
     [](Provider& it) {
         const auto before = it.members("/").size();
         BOOST_TEST(it.remove("/").status == 405);
         BOOST_TEST(it.members("/").size() == before);
     }},
    {"GFD.185 3.4.3", must, "filters a collection by categories and attributes in headers",
     [](Provider& it) {
         const auto& path = it.standing().compute;
         const auto found = it.members(
             "/compute/", {{"Content-Type", "text/occi"},
                           {"Category", "compute; scheme=\"" + infrastructure + "\"; class=\"kind\""},
                           {"X-OCCI-Attribute", "occi.core.title=\"standing\""}});
         BOOST_TEST(found == std::vector{path}, boost::test_tools::per_element());
     }},
    {"GFD.185 3.4.3", must, "invokes an action on all that have a mixin only when the mixin defines it",
     LeftOut{"OCCI 1.2 admits it when the kind of all of them does, and clients want that"}},
    {"GFD.185 3.4.4", may, "lets the client choose the path of what it makes",
     LeftOut{"of a compute its id; entities are below the location of their kind (400 and 404 else)"}},
    refused("GFD.185 3.4.4", must, "takes no new Link in a PUT", 400,
            {"PUT", "{compute}", kind("compute") + link_to("{network}", "; self=\"/networkinterface/x\"")},
            "POST"),
    {"GFD.185 3.4.4", must, "returns of a resource that is made with links the URL of the resource only",
     [](Provider& it) {
         const auto answer = it.post("/compute/", kind("compute") + link_to(it.network()));
         BOOST_TEST(answer.status == 201);
         BOOST_TEST(lines_of(answer.body, "X-OCCI-Location").size() == 1U);
     }},
    {"GFD.185 3.4.5", must, "answers 200 to DELETE",
     [](Provider& it) { BOOST_TEST(it.remove(it.network()).status == 200); }},
    {"GFD.185 3.4.5", must, "makes links in the request that makes their source",
     [](Provider& it) {
         const auto network = it.network();
         const auto path =
             it.compute("Link: <" + network + ">; rel=\"" + infrastructure + "network\"; category=\"" +
                        infrastructure + "networkinterface\"; occi.networkinterface.interface=\"eth0\"\n");
         const auto self = parameter(link_in(it.get(path).body, "/networkinterface/"), "self");
         BOOST_TEST(it.value(self, "occi.core.target") == network);
     }},
    {"GFD.185 3.5.1", must, "reads and writes the terms of OCCI 1.1, in lower case",
     [](Provider& it) {
         for (const auto& line : lines_of(it.get("/-/").body, "Category"))
             BOOST_TEST((line.front() >= 'a' && line.front() <= 'z'), line);
     }},
    refused("GFD.185 3.5.1", must, "takes no term that begins with a capital", 400,
            {"POST", "/-/", mixin_line("Tag", user_scheme) + "; location=\"/tag/\""}, "term"),
    {"GFD.185 3.6.2", may, "says by an ETag whether an entity has changed",
     [](Provider& it) {
         const auto path = it.network();
         const auto tag = it.get(path).header("ETag");
         BOOST_TEST(it.get(path, {{"If-None-Match", tag}}).status == 304);
         BOOST_TEST(it.post(path, attribute("occi.core.title=\"new\"")).status == 200);
         BOOST_TEST(it.get(path, {{"If-None-Match", tag}}).status == 200);
     }},
    {"GFD.185 3.6.3", may, "answers 202 with the location of a task to who wants that",
     [](Provider& it) {
         const auto path = it.compute();
         const auto answer =
             it.post(path + "?action=suspend", category("suspend", action_scheme("compute"), "action"),
                     {{"Prefer", "respond-async"}});
         BOOST_TEST(answer.status == 202);
         BOOST_TEST(it.client().get(path_of(answer.header("Location"))).status == 200);
         BOOST_TEST(it.becomes(path, "occi.compute.state", "suspended"));
     }},
    {"GFD.185 3.6.4", must, "makes all of a request or nothing",
     [](Provider& it) {
         const auto counts = it.counts();
         // The second link cannot be, so the compute is none either.
         BOOST_TEST(it.post("/compute/",
                            kind("compute") + link_to(it.standing().network) + link_to("/storage/" + nobody))
                        .status == 400);
         BOOST_TEST(it.counts() == counts, boost::test_tools::per_element());
     }},
    {"GFD.185 3.6.6", must, "answers in text/plain when nothing is asked for",
     [](Provider& it) {
         for (const auto* accept : {"", "*/*"}) {
             const auto headers = *accept ? Headers{{"Accept", accept}} : Headers{};
             for (const auto* path : {"/-/", "/compute/"})
                 BOOST_TEST(it.client()
                                .send("GET", path, {}, headers)
                                .header("Content-Type")
                                .starts_with("text/plain"),
                            path);
         }
     }},
    {"GFD.185 3.6.6", must, "speaks OCCI to who says so in User-Agent, at the URLs of an entity too",
     [](Provider& it) {
         const auto answer =
             it.client().send("GET", it.standing().compute, {}, {{"User-Agent", "x/1 OCCI/1.1"}});
         BOOST_TEST(answer.header("Content-Type").starts_with("text/plain"));
     }},
    {"GFD.185 3.6.6", must, "answers in text/plain to who says nothing at the URL of an entity",
     LeftOut{"OpenNebula's XML is at the same URLs, and is what a bare request gets there"}},
    {"GFD.185 3.6.8", may, "says 204 of an empty collection",
     LeftOut{"200 with an empty body and a type: clients look at the type"}},
};

const Chapter chapter("http_185", clauses);

} // namespace
} // namespace conformance
