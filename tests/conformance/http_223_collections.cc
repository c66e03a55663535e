// GFD.223, 7.2 and 11: collections of kinds and of mixins.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/refusal.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace conformance {
namespace {

constexpr auto json = "application/occi+json";

std::string location_line(const std::string& path) { return "X-OCCI-Location: " + path + "\n"; }

const Clauses reading{
    {"GFD.223 11.1", must, "shows every entity of a kind, each once",
     [](Provider& it) {
         const auto& standing = it.standing();
         const auto lines = lines_of(it.get("/compute/").body, "X-OCCI-Location");
         BOOST_TEST(std::ranges::count(lines, it.base() + standing.compute) == 1);
         BOOST_TEST(it.has("/network/", standing.network));
         BOOST_TEST(it.has("/storage/", standing.image));
         BOOST_TEST(it.has("/storagelink/", standing.storagelink));
         BOOST_TEST(it.has("/networkinterface/", standing.networkinterface));
     }},
    {"GFD.223 11.1", must, "shows in JSON the entities themselves",
     [](Provider& it) {
         const auto body = it.get_as(json, "/network/").body;
         BOOST_TEST(body.starts_with("{\"resources\":["));
         BOOST_TEST(body.find("\"kind\":\"" + infrastructure + "network\"") != std::string::npos);
         BOOST_TEST(it.get_as(json, "/networkinterface/").body.starts_with("{\"links\":["));
     }},
    {"GFD.223 11.1", must, "shows the entities that have a mixin at the location of the mixin",
     [](Provider& it) {
         const auto location =
             parameter(category_in(it.get("/-/").body, it.standing().os_template, os_scheme), "location");
         BOOST_TEST(it.members(location) == std::vector{it.standing().compute},
                    boost::test_tools::per_element());
     }},
    {"GFD.223 11.1", must, "shows members of several kinds at one mixin",
     [](Provider& it) {
         it.define("tag");
         const auto network = it.network(mixin("tag", user_scheme)),
                    storage = it.storage(mixin("tag", user_scheme));
         BOOST_TEST(it.members("/tag/").size() == 2U);
         BOOST_TEST(it.has("/tag/", network));
         BOOST_TEST(it.has("/tag/", storage));
         const auto body = it.get_as(json, "/tag/").body;
         BOOST_TEST(body.find("\"links\":[]") != std::string::npos);
     }},
    {"GFD.223 11.1", must, "shows nothing of an empty collection, with a type",
     [](Provider& it) {
         it.define("tag");
         for (const auto* accept : {"text/plain", "text/occi", "text/uri-list", json}) {
             const auto answer = it.get_as(accept, "/tag/");
             BOOST_TEST(answer.status == 200, accept);
             BOOST_TEST(answer.header("Content-Type").starts_with(accept));
             BOOST_TEST(answer.body.find("http://") == std::string::npos);
         }
     }},
    {"GFD.223 7.2", should, "filters by a mixin",
     [](Provider& it) {
         it.define("tag");
         const auto tagged = it.network(mixin("tag", user_scheme));
         const auto found =
             it.members("/network/", {{"Content-Type", "text/occi"},
                                      {"Category", mixin_line("tag", user_scheme).substr(10)}});
         BOOST_TEST(found == std::vector{tagged}, boost::test_tools::per_element());
     }},
    {"GFD.223 7.2", should, "filters by an attribute",
     [](Provider& it) {
         const auto named = it.network(attribute("occi.core.title=\"blue, green\""));
         const auto found =
             it.members("/network/", {{"Content-Type", "text/occi"},
                                      {"X-OCCI-Attribute", "occi.core.title=\"blue, green\""}});
         BOOST_TEST(found == std::vector{named}, boost::test_tools::per_element());
         BOOST_TEST(it.members("/network/", {{"X-OCCI-Attribute", "occi.core.title=\"blue\""}}).empty());
     }},
    {"GFD.223 7.2", should, "filters by all conditions together",
     [](Provider& it) {
         it.define("tag");
         it.network(attribute("occi.core.title=\"a\""));
         const auto both =
             it.make("/network/", kind("network") + attribute("occi.network.address=\"10.212.0.0/24\"") +
                                      attribute("occi.core.title=\"a\"") + mixin("tag", user_scheme));
         const auto found = it.members("/network/", {{"Category", mixin_line("tag", user_scheme).substr(10)},
                                                     {"X-OCCI-Attribute", "occi.core.title=\"a\""}});
         BOOST_TEST(found == std::vector{both}, boost::test_tools::per_element());
     }},
    {"GFD.223 7.2", should, "filters the collection of all by a kind",
     [](Provider& it) {
         it.standing();
         const auto found =
             it.members("/", {{"Category", "compute; scheme=\"" + infrastructure + "\"; class=\"kind\""}});
         BOOST_TEST(found == it.members("/compute/"), boost::test_tools::per_element());
     }},
    {"GFD.223 7.2", must, "does not find a category of a filter that there is none of",
     [](Provider& it) {
         BOOST_TEST(
             it.get("/compute/", {{"Category", "x; scheme=\"http://conformance.example/x#\""}}).status ==
             404);
     }},
    {"GFD.223 11.2", must, "knows no PUT of the collection of a kind",
     [](Provider& it) { BOOST_TEST(it.put("/compute/", kind("compute")).status == 405); }},
};

const Clauses creating{
    {"GFD.223 11.3.1", must, "creates by text, and answers 201 with the location alone",
     [](Provider& it) {
         const auto answer = it.post("/storage/", kind("storage") + attribute("occi.storage.size=0.01"));
         BOOST_TEST(answer.status == 201);
         BOOST_TEST(answer.body == "X-OCCI-Location: " + answer.header("Location"));
         BOOST_TEST(answer.header("Content-Type") == "text/plain;charset=utf-8");
         BOOST_TEST(it.has("/storage/", path_of(answer.header("Location"))));
     }},
    {"GFD.223 11.3.1", must, "creates by headers, and answers by headers",
     [](Provider& it) {
         const auto answer =
             it.post("/storage/", {},
                     {{"Content-Type", "text/occi"},
                      {"Accept", "text/occi"},
                      {"Category", "storage; scheme=\"" + infrastructure + "\"; class=\"kind\""},
                      {"X-OCCI-Attribute", "occi.core.title=\"a\", occi.storage.size=0.01"}});
         BOOST_TEST(answer.status == 201);
         BOOST_TEST(answer.body == "OK");
         BOOST_TEST(answer.header("X-OCCI-Location") == answer.header("Location"));
         BOOST_TEST(it.value(path_of(answer.header("Location")), "occi.core.title") == "a");
     }},
    {"GFD.223 11.3.1", must, "creates by JSON, and answers with the entity",
     [](Provider& it) {
         const auto answer = it.post(
             "/network/",
             "{\"kind\":\"" + infrastructure +
                 "network\",\"title\":\"n\",\"attributes\":{\"occi.network.address\":\"10.211.0.0/24\"}}",
             {{"Accept", json}});
         BOOST_TEST(answer.status == 201);
         BOOST_TEST(answer.body.find("\"id\":\"urn:uuid:" + answer.id() + "\"") != std::string::npos);
     }},
    {"GFD.223 11.3.1", must, "creates a compute with its links in one request",
     [](Provider& it) {
         const auto network = it.network();
         const auto storage = it.storage();
         const auto path = it.compute(link_to(network) + link_to(storage));
         const auto body = it.get(path).body;
         BOOST_TEST(body.find("Link: <" + network + ">") != std::string::npos);
         BOOST_TEST(body.find("Link: <" + storage + ">") != std::string::npos);
         BOOST_TEST(lines_of(body, "Link").size() > 2U);
     }},
    {"GFD.223 11.3.1", may, "creates all of a collection",
     [](Provider& it) {
         const auto one =
             "{\"kind\":\"" + infrastructure + "storage\",\"attributes\":{\"occi.storage.size\":0.01}}";
         const auto before = it.members("/storage/").size();
         BOOST_TEST(it.post("/storage/", "{\"resources\":[" + one + "," + one + "]}").status == 201);
         BOOST_TEST(it.members("/storage/").size() == before + 2);
     }},
    {"GFD.223 11.3.1", must, "creates a link by itself, between what is there",
     [](Provider& it) {
         const auto guest = it.guest();
         const auto storage = it.storage();
         const auto answer = it.post("/storagelink/", link("storagelink", guest, storage));
         BOOST_TEST(answer.status == 201);
         const auto path = path_of(answer.header("Location"));
         BOOST_TEST(it.value(path, "occi.core.source") == guest);
         BOOST_TEST(it.value(path, "occi.core.target") == storage);
         BOOST_TEST(!link_in(it.get(guest).body, path).empty());
     }},
};

const std::string storage = kind("storage") + attribute("occi.storage.size=0.01");
const std::string one_wrong = "{\"resources\":[{\"kind\":\"" + infrastructure +
                              "storage\",\"attributes\":{\"occi.storage.size\":0.01}},{\"kind\":\"" +
                              infrastructure + "storage\",\"attributes\":{\"occi.storage.size\":true}}]}";

const Clauses not_creating{
    refused("GFD.223 11.3.1", must, "creates nothing without a kind", 400,
            {"POST", "/storage/", attribute("occi.storage.size=1")}, "kind"),
    refused("GFD.223 11.3.1", must, "creates nothing of two kinds", 400,
            {"POST", "/storage/", storage + kind("network")}, "one kind"),
    refused("GFD.223 11.3.1", must, "creates nothing of another kind than the location's", 400,
            {"POST", "/compute/", storage}, "/storage/"),
    refused("GFD.223 11.3.1", must, "creates nothing of a kind that there is none of", 404,
            {"POST", "/storage/", kind("storages")}),
    refused("GFD.223 11.3.1", must, "creates nothing with a mixin that there is none of", 404,
            {"POST", "/storage/", storage + mixin("x", user_scheme)}),
    refused("GFD.223 11.3.1", must, "creates nothing with a mixin that does not apply", 403,
            {"POST", "/storage/",
             storage + mixin("ipnetwork", "http://schemas.ogf.org/occi/infrastructure/network#")}),
    refused("GFD.223 11.3.1", must, "creates nothing with an attribute that there is none of", 400,
            {"POST", "/storage/", storage + attribute("occi.storage.colour=\"red\"")}, "occi.storage.colour"),
    refused("GFD.223 11.3.1", must, "creates nothing with a value of another type", 400,
            {"POST", "/storage/", kind("storage") + attribute("occi.storage.size=\"big\"")},
            "occi.storage.size"),
    refused("GFD.223 11.3.1", must, "creates nothing with a value that is out of range", 400,
            {"POST", "/storage/", kind("storage") + attribute("occi.storage.size=-1")}, "size of a storage"),
    refused("GFD.223 11.3.1", must, "creates nothing with a value that is none of its choices", 400,
            {"POST", "/network/", kind("network") + attribute("occi.network.allocation=\"some\"")},
            "occi.network.allocation"),
    refused("GFD.223 11.3.1", must, "creates nothing without what is required", 400,
            {"POST", "/storage/", kind("storage")}),
    refused("GFD.223 11.3.1", must, "creates nothing with an attribute twice", 400,
            {"POST", "/storage/", storage + attribute("occi.storage.size=2")}, "twice"),
    refused("GFD.223 11.3.1", must, "creates nothing that is an action", 400,
            {"POST", "/storage/", storage + category("start", action_scheme("compute"), "action")}, "action"),
    refused("GFD.223 11.3.1", must, "creates all of a collection or none", 400,
            {"POST", "/storage/", one_wrong}, "occi.storage.size"),
    refused("GFD.223 11.3.1", must, "creates nothing of an empty collection", 400,
            {"POST", "/storage/", "{\"resources\":[]}"}, "empty"),
    refused("GFD.223 11.3.1", must, "creates no compute with a link to what is not there", 400,
            {"POST", "/compute/", kind("compute") + link_to("/network/" + nobody)}, nobody),
    refused("GFD.223 11.3.1", must, "creates no compute with a link to a place of nothing", 400,
            {"POST", "/compute/",
             kind("compute") + "Link: </elsewhere/x>; rel=\"" + infrastructure + "network\""},
            "/elsewhere/x"),
    refused("GFD.223 11.3.1", must, "creates no compute with a link of the wrong kind", 400,
            {"POST", "/compute/",
             kind("compute") + "Link: <{image}>; category=\"" + infrastructure + "networkinterface\""},
            "network"),
};

const Clauses associating{
    {"GFD.223 11.3.2", must, "gives a mixin to entities, and answers with the collection",
     [](Provider& it) {
         it.define("tag");
         const auto network = it.network(), storage_path = it.storage();
         const auto answer =
             it.post("/tag/", location_line(network) + location_line(it.base() + storage_path));
         BOOST_TEST(answer.status == 200);
         BOOST_TEST(lines_of(answer.body, "X-OCCI-Location").size() == 2U);
         BOOST_TEST(!category_in(it.get(network).body, "tag", user_scheme).empty());
     }},
    {"GFD.223 11.2", must, "replaces the members of a mixin, and answers with the collection",
     [](Provider& it) {
         it.define("tag");
         const auto network = it.network(mixin("tag", user_scheme)), storage_path = it.storage();
         const auto answer = it.put("/tag/", location_line(storage_path));
         BOOST_TEST(answer.status == 200);
         BOOST_TEST(answer.body == "X-OCCI-Location: " + it.base() + storage_path);
         BOOST_TEST(category_in(it.get(network).body, "tag", user_scheme).empty());
     }},
    {"GFD.223 11.4.2", must, "takes a mixin from the entities that are named",
     [](Provider& it) {
         it.define("tag");
         const auto network = it.network(mixin("tag", user_scheme)),
                    storage_path = it.storage(mixin("tag", user_scheme));
         BOOST_TEST(it.remove("/tag/", location_line(network)).status == 200);
         BOOST_TEST(it.members("/tag/") == std::vector{storage_path}, boost::test_tools::per_element());
         BOOST_TEST(it.get(network).status == 200);
     }},
    {"GFD.223 11.4.2", may, "takes a mixin from all that have it when none is named",
     [](Provider& it) {
         it.define("tag");
         const auto network = it.network(mixin("tag", user_scheme));
         BOOST_TEST(it.remove("/tag/").status == 200);
         BOOST_TEST(it.members("/tag/").empty());
         BOOST_TEST(it.get(network).status == 200);
     }},
    {"GFD.223 11.3.2", must, "gives a mixin to nothing that is not there",
     [](Provider& it) {
         it.define("tag");
         const auto network = it.network();
         BOOST_TEST(it.post("/tag/", location_line(network) + location_line("/network/" + nobody)).status ==
                    404);
         BOOST_TEST(it.post("/tag/", location_line("/elsewhere/x")).status == 400);
         BOOST_TEST(it.post("/tag/").status == 400);
         BOOST_TEST(it.members("/tag/").empty());
     }},
    refused("GFD.221 5.3.4", must, "gives no mixin that says what an entity is", 403,
            {"POST", "/mixin/os_tpl/", location_line("{image}")}),
};

const Clauses acting{
    {"GFD.223 11.3.3", must, "acts on all of a kind",
     [](Provider& it) {
         const auto one = it.compute(), two = it.compute();
         it.standing();
         BOOST_TEST(it.act("/compute/", "suspend").status == 200);
         for (const auto& path : {one, two, it.standing().compute}) {
             BOOST_TEST(it.becomes(path, "occi.compute.state", "suspended"), path);
             BOOST_TEST(it.act(path, "start").status == 200);
         }
         BOOST_TEST(it.becomes(it.standing().compute, "occi.compute.state", "active"));
     }},
    {"GFD.223 11.3.3", must, "acts on all that have a mixin, and on no others",
     [](Provider& it) {
         it.define("tag");
         const auto tagged = it.compute(mixin("tag", user_scheme)), other = it.compute();
         BOOST_TEST(it.post("/tag/?action=suspend", category("suspend", action_scheme("compute"), "action"))
                        .status == 200);
         BOOST_TEST(it.becomes(tagged, "occi.compute.state", "suspended"));
         BOOST_TEST(it.value(other, "occi.compute.state") == "active");
     }},
    {"GFD.223 11.3.3", must, "acts on none when not all can do it",
     [](Provider& it) {
         const auto suspended = it.compute(), running = it.compute();
         it.act(suspended, "suspend");
         BOOST_TEST(it.becomes(suspended, "occi.compute.state", "suspended"));
         BOOST_TEST(it.act("/compute/", "restart").status == 409);
         BOOST_TEST(it.value(running, "occi.compute.state") == "active");
     }},
    refused("GFD.223 11.3.3", must, "acts on all with no action that the kind has not", 400,
            {"POST", "/compute/?action=fly", category("fly", action_scheme("compute"), "action")}, "fly"),
    {"GFD.223 11.4.1", must, "deletes all of a kind",
     [](Provider& it) {
         const auto compute = it.compute(), storage_path = it.storage(), network = it.network();
         const auto answer = it.remove("/compute/");
         BOOST_TEST(answer.status == 200);
         BOOST_TEST(answer.body == "OK");
         BOOST_TEST(it.members("/compute/").empty());
         BOOST_TEST(it.members("/networkinterface/").empty());
         BOOST_TEST(it.get(compute).status == 404);
         BOOST_TEST(it.remove("/storage/").status == 200);
         BOOST_TEST(it.members("/storage/").empty());
         BOOST_TEST(it.get(storage_path).status == 404);
         BOOST_TEST(it.get(network).status == 200);
     }},
};

const Chapter chapter("http_223_collections", reading + creating + not_creating + associating + acting);

} // namespace
} // namespace conformance
