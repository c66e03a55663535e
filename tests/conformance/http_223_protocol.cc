// GFD.223, 4 to 8: paths, headers, versions, statuses and pages.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

namespace conformance {
namespace {

constexpr auto json = "application/occi+json";

const Clauses paths{
    {"GFD.223 4", must, "binds every location that it shows",
     [](Provider& it) {
         it.standing();
         for (const auto& line : lines_of(it.get("/-/").body, "Category")) {
             const auto location = parameter(line, "location");
             if (!location.empty()) BOOST_TEST(it.get(location).status == 200, location);
         }
     }},
    {"GFD.223 4", must, "gives each kind and mixin a location of its own",
     [](Provider& it) {
         std::set<std::string> seen;
         for (const auto& line : lines_of(it.get("/-/").body, "Category")) {
             const auto location = parameter(line, "location");
             if (!location.empty()) BOOST_TEST(seen.insert(location).second, location);
         }
         BOOST_TEST(seen.size() > 5U);
     }},
    {"GFD.223 4", must, "has its entities below the location of their kind",
     [](Provider& it) {
         it.standing();
         for (const auto* location :
              {"/compute/", "/network/", "/storage/", "/storagelink/", "/networkinterface/"}) {
             const auto all = it.members(location);
             BOOST_TEST(!all.empty(), location);
             for (const auto& path : all) BOOST_TEST(path.starts_with(location));
         }
     }},
    {"GFD.223 4.1", may, "shows everything below the root, which is bound to nothing",
     [](Provider& it) {
         for (const auto& path : {it.standing().compute, it.standing().network, it.standing().image})
             BOOST_TEST(it.has("/", path), path);
         BOOST_TEST(it.get("/").status == 200);
     }},
    {"GFD.223 4.1", must, "finds nothing at a path that is bound to nothing",
     [](Provider& it) { BOOST_TEST(it.get("/nothing/").status == 404); }},
};

const Clauses headers{
    {"GFD.223 5.1", should, "answers in the rendering that Accept names",
     [](Provider& it) {
         for (const auto* accept : {"text/plain", "text/occi", json, "application/json", "text/occi+plain"})
             BOOST_TEST(it.get_as(accept, "/network/").header("Content-Type").starts_with(accept), accept);
     }},
    {"GFD.223 5.1", should, "answers in the first of several that it knows",
     [](Provider& it) {
         BOOST_TEST(
             it.get_as("text/plain,text/occi", "/compute/").header("Content-Type").starts_with("text/plain"));
         BOOST_TEST(
             it.get_as("image/png, text/occi", "/compute/").header("Content-Type").starts_with("text/occi"));
     }},
    {"GFD.223 5.1", must, "refuses an Accept of nothing that it knows",
     [](Provider& it) {
         const auto answer = it.get_as("image/png", "/network/");
         BOOST_TEST(answer.status == 406);
         BOOST_TEST(answer.body.find("text/plain") != std::string::npos);
     }},
    {"GFD.223 5.1", must, "refuses a Content-Type that it does not read",
     [](Provider& it) {
         const auto counts = it.counts();
         BOOST_TEST(it.post("/storage/", "size,1", {{"Content-Type", "text/csv"}}).status == 415);
         BOOST_TEST(it.post("/storage/", "x", {{"Content-Type", "text/uri-list"}}).status == 415);
         BOOST_TEST(it.counts() == counts, boost::test_tools::per_element());
     }},
    {"GFD.223 5.1", should, "reads the first of several types of content that it knows",
     [](Provider& it) {
         const auto answer = it.post("/storage/", kind("storage") + attribute("occi.storage.size=0.01"),
                                     {{"Content-Type", "text/plain,text/occi"}});
         BOOST_TEST(answer.status == 201);
     }},
    {"GFD.223 5.2", must, "says the type of every answer that has a body",
     [](Provider& it) {
         for (const auto* path : {"/-/", "/", "/compute/", "/nothing", "/compute/nobody"})
             BOOST_TEST(!it.get(path).header("Content-Type").empty(), path);
     }},
    {"GFD.223 5.2", should, "lists the types that it takes in Accept",
     LeftOut{"it would list what actions alone take; clients negotiate by their own Accept"}},
    {"GFD.223 5.2", must, "says where what was created is, in an absolute Location",
     [](Provider& it) {
         const auto answer = it.post("/storage/", kind("storage") + attribute("occi.storage.size=0.01"));
         BOOST_TEST(answer.header("Location").starts_with(it.base() + "/storage/"));
     }},
    {"GFD.223 5.3", must, "names its version in every answer, errors too",
     [](Provider& it) {
         for (const auto* path : {"/-/", "/compute/", "/nothing", "/compute/nobody"})
             BOOST_TEST(it.get(path).header("Server").find("OCCI/1.2") != std::string::npos, path);
         for (const auto* method : {"POST", "PUT", "DELETE", "PATCH"})
             BOOST_TEST(it.send(method, "/nothing").header("Server").find("OCCI/1.2") != std::string::npos,
                        method);
         BOOST_TEST(it.get_as("image/png", "/-/").header("Server").find("OCCI/1.2") != std::string::npos);
         BOOST_TEST(it.client().raw("nonsense\r\n\r\n").header("Server").find("OCCI/1.2") !=
                    std::string::npos);
     }},
    {"GFD.223 5.3", must, "does not serve a version above its own",
     [](Provider& it) {
         BOOST_TEST(it.get("/-/", {{"User-Agent", "x/1.0 OCCI/1.3"}}).status == 501);
         BOOST_TEST(it.get("/-/", {{"User-Agent", "x/1.0 OCCI/2.0 y/1"}}).status == 501);
     }},
    {"GFD.223 5.3", must, "serves the versions up to its own",
     [](Provider& it) {
         for (const auto* agent : {"x/1.0 OCCI/1.1", "OCCI/1.2", "x/1.0", "OCCI/new"})
             BOOST_TEST(it.get("/-/", {{"User-Agent", agent}}).status == 200, agent);
     }},
    {"GFD.223 5.4", must, "has the statuses of the standard for what is wrong",
     [](Provider& it) {
         BOOST_TEST(it.get("/compute/" + nobody).status == 404);
         BOOST_TEST(it.send("PATCH", "/compute/").status == 405);
         BOOST_TEST(it.post("/storage/", "nonsense").status == 400);
         BOOST_TEST(it.post("/compute/", std::string(2 << 20, 'x')).status == 413);
     }},
    {"GFD.223 5.4", must, "asks for credentials with 401",
     LeftOut{"whoever reaches the socket is the operator: there are no accounts yet"}},
};

const Clauses pages{
    {"GFD.223 6", should, "shows a page of a collection",
     [](Provider& it) {
         it.standing();
         const auto all = it.members("/");
         BOOST_REQUIRE_GT(all.size(), 3U);
         std::vector<std::string> paged;
         for (std::size_t page = 1; page <= all.size(); ++page)
             for (auto& path : it.members("/?number=2&page=" + std::to_string(page))) paged.push_back(path);
         BOOST_TEST(paged == all, boost::test_tools::per_element());
     }},
    {"GFD.223 6", should, "shows an empty page behind the last one",
     [](Provider& it) {
         BOOST_TEST(it.members("/?page=1000&number=100").empty());
         BOOST_TEST(it.get_as(json, "/compute/?page=1000&number=100").body == "{\"resources\":[]}");
     }},
    {"GFD.223 6", must, "refuses a page that is too large",
     [](Provider& it) { BOOST_TEST(it.get("/?page=1&number=100000").status == 413); }},
    {"GFD.223 6", must, "refuses a page that is no number",
     [](Provider& it) {
         for (const auto* query :
              {"page=one&number=2", "page=1&number=0", "page=-1&number=1", "page=1&page=2&number=1"})
             BOOST_TEST(it.get(std::string("/?") + query).status == 400, query);
     }},
};

const Clauses types{
    {"GFD.223 8", must, "writes a list of URIs only where there is a list",
     [](Provider& it) {
         BOOST_TEST(it.get_as("text/uri-list", "/compute/").status == 200);
         BOOST_TEST(it.get_as("text/uri-list", it.standing().compute).status == 400);
         BOOST_TEST(it.get_as("text/uri-list", "/-/").status == 400);
     }},
    {"GFD.223 8", must, "names the methods that a path has",
     [](Provider& it) {
         const auto answer = it.send("OPTIONS", "/compute/", {}, {{"Accept", "text/plain"}});
         BOOST_TEST(answer.status == 204);
         for (const auto* method : {"GET", "HEAD", "POST", "DELETE"})
             BOOST_TEST(answer.header("Allow").find(method) != std::string::npos, method);
     }},
};

const Chapter chapter("http_223_protocol", paths + headers + pages + types);

} // namespace
} // namespace conformance
