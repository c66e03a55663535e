// GFD.223, 10: one entity, read, made by PUT, changed, acted upon and deleted.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/refusal.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

namespace conformance {
namespace {

constexpr auto json = "application/occi+json";

const Clauses reading{
    {"GFD.223 10.1", must, "renders the kind, the mixins, the attributes, the links and the actions",
     [](Provider& it) {
         const auto& standing = it.standing();
         const auto body = it.get(standing.compute).body;
         BOOST_TEST(!category_in(body, "compute").empty());
         BOOST_TEST(!category_in(body, standing.os_template, os_scheme).empty());
         BOOST_TEST(value_of(body, "occi.compute.state") == "active");
         BOOST_TEST(!link_in(body, "/storagelink/").empty());
         BOOST_TEST(!link_in(body, "/networkinterface/").empty());
         BOOST_TEST(body.find("Link: <" + standing.compute + "?action=stop>; rel=\"" +
                              action_scheme("compute") + "stop\"") != std::string::npos);
     }},
    {"GFD.223 10.1", should, "offers only the actions that can be done now",
     [](Provider& it) {
         BOOST_TEST(it.get(it.standing().compute).body.find("?action=start") == std::string::npos);
     }},
    {"GFD.223 10.1", must, "reads links by their own URL",
     [](Provider& it) {
         const auto& standing = it.standing();
         const auto body = it.get(standing.networkinterface).body;
         BOOST_TEST(value_of(body, "occi.core.source") == standing.compute);
         BOOST_TEST(value_of(body, "occi.core.target") == standing.network);
         BOOST_TEST(value_of(it.get(standing.storagelink).body, "occi.core.target") == standing.image);
     }},
    {"GFD.223 10.1", must, "answers HEAD as GET",
     [](Provider& it) {
         for (const auto& path : {it.standing().compute, it.standing().networkinterface}) {
             const auto head = it.send("HEAD", path);
             BOOST_TEST(head.status == 200);
             BOOST_TEST(head.body.empty());
             BOOST_TEST(head.header("Content-Type") == "text/plain;charset=utf-8");
         }
     }},
    {"GFD.223 10.1", must, "does not find what is not there",
     [](Provider& it) {
         for (const auto* location :
              {"/compute/", "/network/", "/storage/", "/storagelink/", "/networkinterface/"}) {
             BOOST_TEST(it.get(location + nobody).status == 404, location);
             BOOST_TEST(it.get(std::string(location) + "no-such-thing").status == 404, location);
         }
     }},
};

const Clauses replacing{
    {"GFD.223 10.2.1", may, "makes a compute at an id of the client's own",
     [](Provider& it) {
         const auto path = "/compute/" + nobody;
         const auto answer = it.put(path, kind("compute") + attribute("occi.core.title=\"mine\""));
         BOOST_TEST(answer.status == 201);
         BOOST_TEST(answer.header("Location") == it.base() + path);
         BOOST_TEST(it.value(path, "occi.core.title") == "mine");
         BOOST_TEST(it.becomes(path, "occi.compute.state", "active"));
     }},
    refused("GFD.223 10.2.1", may, "takes no path of the client's own that is no UUID", 400,
            {"PUT", "/compute/mine", kind("compute")}, "UUID"),
    refused("GFD.223 10.2.1", may, "takes no id of the client's own for a storage", 404,
            {"PUT", "/storage/{nobody}", kind("storage") + attribute("occi.storage.size=1")}),
    refused("GFD.223 10.2.1", must, "makes nothing of another kind than its location's", 400,
            {"PUT", "/compute/{nobody}", kind("network")}),
    {"GFD.223 10.2.2", must, "takes back the whole as it was read",
     [](Provider& it) {
         const auto& path = it.standing().compute;
         const auto before = it.get(path).body;
         const auto answer = it.put(path, before);
         BOOST_TEST(answer.status == 200);
         BOOST_TEST(it.get(path).body == before);
         BOOST_TEST(it.put(path, it.get_as(json, path).body).status == 200);
         BOOST_TEST(it.get(path).body == before);
     }},
    {"GFD.223 10.2.2", must, "replaces what is said and takes away what is not",
     [](Provider& it) {
         it.define("tag");
         const auto path = it.compute(attribute("occi.core.title=\"old\"") +
                                      attribute("occi.core.summary=\"sum\"") + mixin("tag", user_scheme));
         const auto cores = it.value(path, "occi.compute.cores");
         const auto answer = it.put(path, kind("compute") + attribute("occi.core.title=\"new\""));
         BOOST_TEST(answer.status == 200);
         BOOST_TEST(value_of(answer.body, "occi.core.title") == "new");
         const auto body = it.get(path).body;
         BOOST_TEST(value_of(body, "occi.core.title") == "new");
         BOOST_TEST(value_of(body, "occi.core.summary").empty());
         BOOST_TEST(category_in(body, "tag", user_scheme).empty());
         BOOST_TEST(value_of(body, "occi.compute.cores") == cores);
     }},
    {"GFD.223 10.2.2", must, "leaves the links as they are",
     [](Provider& it) {
         const auto path = it.compute();
         const auto link = link_in(it.get(path).body, "/networkinterface/");
         BOOST_TEST(it.put(path, kind("compute")).status == 200);
         BOOST_TEST(link_in(it.get(path).body, "/networkinterface/") == link);
     }},
    refused("GFD.223 10.2.2", must, "keeps the kind for life", 400, {"PUT", "{compute}", kind("network")},
            "stays"),
    refused("GFD.223 10.2.2", must, "wants the kind in the whole", 400,
            {"PUT", "{compute}", attribute("occi.core.title=\"x\"")}, "kind"),
};

const Clauses changing{
    {"GFD.223 10.3.1", must, "changes a part and leaves the rest",
     [](Provider& it) {
         const auto path =
             it.compute(attribute("occi.core.title=\"old\"") + attribute("occi.core.summary=\"sum\""));
         const auto answer = it.post(path, attribute("occi.core.title=\"new\""));
         BOOST_TEST(answer.status == 200);
         BOOST_TEST(value_of(answer.body, "occi.core.title") == "new");
         BOOST_TEST(it.value(path, "occi.core.title") == "new");
         BOOST_TEST(it.value(path, "occi.core.summary") == "sum");
     }},
    {"GFD.223 10.3.1", must, "changes networks and storages",
     [](Provider& it) {
         for (const auto& path : {it.network(), it.storage()}) {
             BOOST_TEST(it.post(path, attribute("occi.core.title=\"new\"")).status == 200, path);
             BOOST_TEST(it.value(path, "occi.core.title") == "new");
         }
     }},
    {"GFD.223 10.3.1", must, "changes by headers and by JSON",
     [](Provider& it) {
         const auto path = it.compute();
         BOOST_TEST(it.post(path, {},
                            {{"Content-Type", "text/occi"}, {"X-OCCI-Attribute", "occi.core.title=\"one\""}})
                        .status == 200);
         BOOST_TEST(it.value(path, "occi.core.title") == "one");
         BOOST_TEST(it.post(path, R"({"title":"two"})").status == 200);
         BOOST_TEST(it.value(path, "occi.core.title") == "two");
         BOOST_TEST(it.post(path, R"({"attributes":{"occi":{"core":{"title":"three"}}}})").status == 200);
         BOOST_TEST(it.value(path, "occi.core.title") == "three");
     }},
    {"GFD.223 10.3.1", must, "adds a mixin to an entity",
     [](Provider& it) {
         it.define("tag");
         const auto path = it.network();
         BOOST_TEST(it.post(path, mixin("tag", user_scheme)).status == 200);
         BOOST_TEST(!category_in(it.get(path).body, "tag", user_scheme).empty());
         BOOST_TEST(it.has("/tag/", path));
     }},
    {"GFD.223 10.3.1", must, "adds a link to a resource",
     [](Provider& it) {
         const auto path = it.guest();
         const auto storage = it.storage();
         const auto answer = it.post(path, link_to(storage));
         BOOST_TEST(answer.status == 200);
         BOOST_TEST(it.get(path).body.find("Link: <" + storage + ">") != std::string::npos);
     }},
    refused("GFD.223 10.3.1", must, "keeps the kind in a part as well", 400,
            {"POST", "{compute}", kind("network")}, "stays"),
    refused("GFD.223 10.3.1", must, "knows no attribute that the kind has not", 400,
            {"POST", "{compute}", attribute("occi.compute.colour=\"red\"")}, "occi.compute.colour"),
    refused("GFD.223 10.3.1", must, "changes no attribute that is immutable", 403,
            {"POST", "{compute}", attribute("occi.compute.state=\"inactive\"")}, "occi.compute.state"),
    refused("GFD.223 10.3.1", must, "changes no attribute to a value of another type", 400,
            {"POST", "{compute}", attribute("occi.core.title=7")}, "occi.core.title"),
    refused("GFD.223 10.3.1", must, "adds no mixin that does not apply", 403,
            {"POST", "{compute}", mixin("ipnetwork", "http://schemas.ogf.org/occi/infrastructure/network#")}),
    refused("GFD.223 10.3.1", must, "adds no mixin that there is none of", 404,
            {"POST", "{compute}", mixin("x", user_scheme)}),
    refused("GFD.223 10.3.1", must, "adds no link to a link", 400,
            {"POST", "{networkinterface}", link_to("/network/" + nobody)}, "link"),
    refused("GFD.223 10.3.1", must, "adds no link to what is not there", 400,
            {"POST", "{compute}", link_to("/storage/" + nobody)}),
    refused("GFD.223 10.3.1", must, "wants something to change", 400, {"POST", "{compute}", ""}),
    {"GFD.223 10.3.1", must, "does not find what it is to change",
     [](Provider& it) {
         BOOST_TEST(it.post("/compute/" + nobody, attribute("occi.core.title=\"x\"")).status == 404);
         BOOST_TEST(it.put("/network/" + nobody, kind("network")).status == 404);
     }},
};

const Clauses acting{
    {"GFD.223 10.3.2", must, "invokes an action and answers 200 with the entity",
     [](Provider& it) {
         const auto path = it.compute();
         const auto answer = it.act(path, "suspend");
         BOOST_TEST(answer.status == 200);
         BOOST_TEST(answer.body.starts_with("Category: compute; "));
         BOOST_TEST(it.becomes(path, "occi.compute.state", "suspended"));
     }},
    {"GFD.223 10.3.2", must, "invokes an action by headers and by JSON",
     [](Provider& it) {
         const auto path = it.compute();
         BOOST_TEST(
             it.post(path + "?action=suspend", {},
                     {{"Content-Type", "text/occi"},
                      {"Category", "suspend; scheme=\"" + action_scheme("compute") + "\"; class=\"action\""}})
                 .status == 200);
         BOOST_TEST(it.becomes(path, "occi.compute.state", "suspended"));
         BOOST_TEST(it.post(path + "?action=start", "{\"action\":\"" + action_scheme("compute") + "start\"}")
                        .status == 200);
         BOOST_TEST(it.becomes(path, "occi.compute.state", "active"));
     }},
    refused("GFD.223 10.3.2", must, "wants an invocation beside the query, by text", 400,
            {"POST", "{compute}?action=stop", attribute("method=\"poweroff\"")}, "Category: stop;"),
    refused("GFD.223 10.3.2", must, "wants an invocation beside the query, by JSON", 400,
            {"POST", "{compute}?action=stop", "{}"}, "action#stop"),
    refused("GFD.223 10.3.2", must, "wants an invocation beside the query, in a body that is empty as well",
            400, {"POST", "{compute}?action=stop", ""}, "Category: stop;"),
    refused("GFD.223 10.3.2", must, "wants the same action in the query and in the body", 400,
            {"POST", "{compute}?action=stop", category("start", action_scheme("compute"), "action")},
            "start"),
    refused("GFD.223 10.3.2", must, "knows no action that the kind has not", 400,
            {"POST", "{compute}?action=fly", category("fly", action_scheme("compute"), "action")}, "fly"),
    refused("GFD.223 10.3.2", must, "knows no action of another kind", 400,
            {"POST", "{compute}?action=up", category("up", action_scheme("network"), "action")}),
    refused("GFD.223 10.3.2", must, "knows no attribute that the action has not", 400,
            {"POST", "{compute}?action=stop",
             category("stop", action_scheme("compute"), "action") + attribute("colour=\"red\"")},
            "colour"),
    refused("GFD.223 10.3.2", must, "knows no method that the action has not", 400,
            {"POST", "{compute}?action=stop",
             category("stop", action_scheme("compute"), "action") + attribute("method=\"softly\"")},
            "softly"),
    {"GFD.223 10.3.2", must, "does nothing that the state does not admit",
     [](Provider& it) {
         const auto path = it.compute();
         it.act(path, "suspend");
         BOOST_TEST(it.becomes(path, "occi.compute.state", "suspended"));
         BOOST_TEST(it.fixture().all_has_ended()); // until then it is decided when its turn has come
         BOOST_TEST(it.act(path, "restart").status == 409);
         BOOST_TEST(it.value(path, "occi.compute.state") == "suspended");
     }},
    {"GFD.223 10.3.2", may, "says 409 to an action whose state is reached already",
     [](Provider& it) { BOOST_TEST(it.act(it.standing().compute, "start").status == 409); }},
    {"GFD.223 10.3.2", must, "does not find what it is to act upon",
     [](Provider& it) { BOOST_TEST(it.act("/compute/" + nobody, "stop").status == 404); }},
    {"GFD.223 10.3.2", must, "knows no actions of links",
     [](Provider& it) { BOOST_TEST(it.act(it.standing().networkinterface, "up").status == 400); }},
};

const Clauses deleting{
    {"GFD.223 10.4", must, "deletes a resource of each kind, and it is gone",
     [](Provider& it) {
         for (const auto& path : {it.compute(), it.storage(), it.network()}) {
             const auto answer = it.remove(path);
             BOOST_TEST(answer.status == 200, path);
             BOOST_TEST(answer.body == "OK");
             BOOST_TEST(it.get(path).status == 404);
         }
     }},
    {"GFD.223 10.4", must, "deletes the links of a resource with it",
     [](Provider& it) {
         const auto path = it.compute();
         const auto link = parameter(link_in(it.get(path).body, "/networkinterface/"), "self");
         BOOST_TEST(it.get(link).status == 200);
         BOOST_TEST(it.remove(path).status == 200);
         BOOST_TEST(it.get(link).status == 404);
     }},
    {"GFD.223 10.4", must, "deletes a link from both of its ends",
     [](Provider& it) {
         const auto path = it.guest();
         const auto network = it.network();
         const auto link =
             it.make("/networkinterface/", conformance::link("networkinterface", path, network));
         BOOST_TEST(it.remove(link).status == 200);
         BOOST_TEST(it.get(link).status == 404);
         BOOST_TEST(it.get(path).body.find(network) == std::string::npos);
         BOOST_TEST(it.remove(network).status == 200);
     }},
    {"GFD.223 10.4", must, "does not find what it is to delete",
     [](Provider& it) {
         for (const auto* location :
              {"/compute/", "/network/", "/storage/", "/storagelink/", "/networkinterface/"})
             BOOST_TEST(it.remove(location + nobody).status == 404, location);
     }},
    refused("GFD.223 10.4", must, "keeps a network that is in use", 409, {"DELETE", "{network}", ""}),
    refused("GFD.223 10.4", must, "keeps a storage that is in use", 409, {"DELETE", "{image}", ""}),
};

const Chapter chapter("http_223_entities", reading + replacing + changing + acting + deleting);

} // namespace
} // namespace conformance
