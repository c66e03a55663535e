// GFD.226: the JSON rendering, written and read.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/words.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <array>

namespace conformance {
namespace {

using nlohmann::json;

constexpr auto type = "application/occi+json";

json read(Provider& it, const std::string& target) { return json::parse(it.get_as(type, target).body); }

json named(const json& list, const std::string& term, const std::string& scheme = infrastructure) {
    for (const auto& each : list)
        if (each.at("term") == term && each.at("scheme") == scheme) return each;
    return {};
}

// The object has no members but these.
bool has_only(const json& object, const std::set<std::string>& members) {
    for (const auto& [name, value] : object.items())
        if (!members.contains(name)) return false;
    return true;
}

const Clauses writing{
    {"GFD.226", must, "writes a resource with its members, and no others",
     [](Provider& it) {
         const auto shown = read(it, it.standing().compute);
         BOOST_TEST(shown.at("kind") == infrastructure + "compute");
         BOOST_TEST(shown.at("id").get<std::string>().starts_with("urn:uuid:"));
         BOOST_TEST(shown.at("title") == "standing");
         BOOST_TEST(shown.at("attributes").at("occi.compute.cores") == 1);
         BOOST_TEST(shown.at("links").size() == 2U);
         BOOST_TEST(
             has_only(shown, {"kind", "id", "title", "summary", "mixins", "attributes", "actions", "links"}));
     }},
    {"GFD.226", must, "writes the names of attributes flat",
     [](Provider& it) {
         for (const auto& path : it.members("/")) {
             const auto shown = read(it, path);
             for (const auto& [name, value] : shown.at("attributes").items()) {
                 BOOST_TEST(name.find('.') != std::string::npos, name);
                 BOOST_TEST(!value.is_object(), name);
             }
         }
     }},
    {"GFD.226", must, "writes a link with source and target, and no other members",
     [](Provider& it) {
         const auto& standing = it.standing();
         const auto shown = read(it, standing.networkinterface);
         BOOST_TEST(shown.at("kind") == infrastructure + "networkinterface");
         BOOST_TEST(shown.at("source").at("location") == standing.compute);
         BOOST_TEST(shown.at("target") ==
                    json({{"location", standing.network}, {"kind", infrastructure + "network"}}));
         BOOST_TEST(
             has_only(shown, {"kind", "id", "source", "target", "title", "mixins", "attributes", "actions"}));
         const auto whole = read(it, standing.compute);
         for (const auto& link : whole.at("links"))
             if (link.at("kind") == infrastructure + "networkinterface") BOOST_TEST(link == shown);
     }},
    {"GFD.226", must, "writes the actions that can be done as type identifiers",
     [](Provider& it) {
         const auto actions = read(it, it.standing().compute).at("actions");
         BOOST_TEST(std::ranges::count(actions, json(action_scheme("compute") + "stop")) == 1);
         BOOST_TEST(std::ranges::count(actions, json(action_scheme("compute") + "start")) == 0);
     }},
    {"GFD.226", should, "leaves out the lists that are empty",
     [](Provider& it) {
         for (const auto& path : it.members("/")) {
             const auto shown = read(it, path);
             for (const auto& [name, value] : shown.items())
                 BOOST_TEST((!value.is_array() || !value.empty()), path << " " << name);
         }
     }},
    {"GFD.226", must, "writes the model as kinds, mixins and actions",
     [](Provider& it) {
         const auto model = read(it, "/-/");
         BOOST_TEST(has_only(model, {"kinds", "mixins", "actions"}));
         BOOST_TEST(model.size() == 3U);
         BOOST_TEST(!named(model.at("kinds"), "entity", core).empty());
         BOOST_TEST(!named(model.at("mixins"), "os_tpl").empty());
         BOOST_TEST(!named(model.at("actions"), "stop", action_scheme("compute")).empty());
     }},
    {"GFD.226", must, "writes a kind with its parent, location, actions and attributes",
     [](Provider& it) {
         const auto kinds = read(it, "/-/").at("kinds");
         const auto compute = named(kinds, "compute");
         BOOST_TEST(compute.at("parent") == core + "resource");
         BOOST_TEST(compute.at("location") == "/compute/");
         BOOST_TEST(!compute.at("actions").empty());
         for (const auto& kind : kinds)
             BOOST_TEST(
                 has_only(kind, {"term", "scheme", "title", "parent", "location", "actions", "attributes"}),
                 kind);
     }},
    {"GFD.226 3.2.2", must, "writes a mixin with its location, and what it depends on and applies to",
     [](Provider& it) {
         const auto term = it.standing().os_template;
         const auto mixins = read(it, "/-/").at("mixins");
         const auto mixin = named(mixins, term, os_scheme);
         BOOST_TEST(mixin.at("depends") == json({infrastructure + "os_tpl"}));
         BOOST_TEST(mixin.at("applies") == json({infrastructure + "compute"}));
         for (const auto& each : mixins) {
             BOOST_TEST(each.contains("location"), each);
             BOOST_TEST(has_only(each, {"term", "scheme", "title", "location", "depends", "applies",
                                        "actions", "attributes"}),
                        each);
         }
     }},
    {"GFD.226", must, "writes an action with the description of its attributes",
     [](Provider& it) {
         const auto actions = read(it, "/-/").at("actions");
         const auto stop = named(actions, "stop", action_scheme("compute"));
         BOOST_TEST(stop.at("attributes").at("method").at("type") == "string");
         BOOST_TEST(stop.at("attributes").at("method").contains("default"));
         for (const auto& action : actions)
             BOOST_TEST(has_only(action, {"term", "scheme", "title", "attributes"}), action);
     }},
    {"GFD.226", must, "says of each attribute whether it is mutable and required, and its type",
     [](Provider& it) {
         const auto model = read(it, "/-/");
         const std::set<std::string> types{"string", "number", "boolean", "array", "object"};
         for (const auto* list : {"kinds", "mixins", "actions"})
             for (const auto& category : model.at(list)) {
                 const auto attributes = category.value("attributes", json::object());
                 for (const auto& [name, said] : attributes.items()) {
                     BOOST_TEST(said.at("mutable").is_boolean(), name);
                     BOOST_TEST(said.at("required").is_boolean(), name);
                     BOOST_TEST(types.contains(said.at("type")), name);
                     BOOST_TEST(
                         has_only(said, {"mutable", "required", "type", "pattern", "default", "description"}),
                         name);
                 }
             }
         BOOST_TEST(
             named(model.at("kinds"), "compute").at("attributes").at("occi.compute.state").at("mutable") ==
             false);
         BOOST_TEST(
             named(model.at("kinds"), "compute").at("attributes").at("occi.core.title").at("mutable") ==
             true);
     }},
    {"GFD.226", may, "says which pattern the value of an attribute has",
     LeftOut{"clients disagree whether it is an object or a string"}},
    {"GFD.226", must, "writes collections of resources, of links, and of both",
     [](Provider& it) {
         it.standing();
         BOOST_TEST(has_only(read(it, "/compute/"), {"resources"}));
         BOOST_TEST(has_only(read(it, "/storagelink/"), {"links"}));
         const auto all = read(it, "/");
         BOOST_TEST(has_only(all, {"resources", "links"}));
         BOOST_TEST(all.at("links").size() >= 2U);
     }},
    {"GFD.226", must, "writes the id, the title, the source and the target as members",
     [](Provider& it) {
         const auto shown = read(it, it.standing().storagelink);
         for (const auto* member : {"id", "source", "target"}) BOOST_TEST(shown.contains(member), member);
     }},
    {"GFD.226", may, "writes errors in JSON to who asks for JSON",
     [](Provider& it) {
         const auto answer = it.get_as(type, "/compute/" + nobody);
         BOOST_TEST(answer.status == 404);
         const auto said = json::parse(answer.body);
         BOOST_TEST(said.at("code") == 404);
         BOOST_TEST(!said.at("message").get<std::string>().empty());
     }},
};

json storage() {
    return {{"kind", infrastructure + "storage"}, {"attributes", {{"occi.storage.size", 0.01}}}};
}

Answer post(Provider& it, const std::string& target, const json& document) {
    return it.post(target, document.dump(), {{"Accept", type}});
}

const Clauses reading{
    {"GFD.226", must, "reads attributes that are flat, and those in pieces of older clients",
     [](Provider& it) {
         auto document = storage();
         BOOST_TEST(post(it, "/storage/", document).status == 201);
         document["attributes"] = {{"occi", {{"storage", {{"size", 0.01}}}, {"core", {{"title", "t"}}}}}};
         const auto answer = post(it, "/storage/", document);
         BOOST_TEST(answer.status == 201);
         BOOST_TEST(json::parse(answer.body)["title"] == "t");
     }},
    {"GFD.226", must, "shows title and summary as members, and takes back the one that was changed",
     [](Provider& it) {
         auto document = storage();
         document["title"] = "a";
         document["summary"] = "b";
         auto shown = json::parse(post(it, "/storage/", document).body);
         BOOST_TEST(shown.at("title") == "a");
         BOOST_TEST(shown.at("summary") == "b");
         shown["title"] = "c"; // not the copy among the attributes
         const auto path = "/storage/" + shown.at("id").get<std::string>();
         BOOST_TEST(it.becomes(path, "occi.storage.state", "online"));
         const auto answer = it.put(path, shown.dump());
         BOOST_TEST(answer.status == 200, answer.body);
         BOOST_TEST(read(it, path).at("title") == "c");
         BOOST_TEST(read(it, path).at("summary") == "b");
     }},
    {"GFD.226", must, "reads a title as a member or as an attribute, and not as both when they differ",
     [](Provider& it) {
         auto document = storage();
         document["title"] = "a";
         BOOST_TEST(json::parse(post(it, "/storage/", document).body)["title"] == "a");
         document["attributes"]["occi.core.title"] = "a";
         BOOST_TEST(post(it, "/storage/", document).status == 201);
         document["attributes"]["occi.core.title"] = "b";
         BOOST_TEST(post(it, "/storage/", document).status == 400);
     }},
    {"GFD.226", must, "reads a compute with its mixins and its links",
     [](Provider& it) {
         const auto network = it.network();
         const json document{{"kind", infrastructure + "compute"},
                             {"id", "urn:uuid:" + nobody},
                             {"title", "vm"},
                             {"links",
                              {{{"kind", infrastructure + "networkinterface"},
                                {"target", {{"location", network}, {"kind", infrastructure + "network"}}}}}}};
         const auto answer = post(it, "/compute/", document);
         BOOST_TEST(answer.status == 201);
         const auto made = json::parse(answer.body);
         BOOST_TEST(made["title"] == "vm");
         BOOST_TEST(made["links"][0]["target"]["location"] == network);
     }},
    {"GFD.226", must, "reads a link with source and target",
     [](Provider& it) {
         const auto compute = it.guest();
         const auto disk = it.storage();
         const auto answer = post(it, "/storagelink/",
                                  {{"kind", infrastructure + "storagelink"},
                                   {"source", {{"location", compute}}},
                                   {"target", {{"location", disk}, {"kind", infrastructure + "storage"}}}});
         BOOST_TEST(answer.status == 201);
         BOOST_TEST(json::parse(answer.body)["target"]["location"] == disk);
     }},
    {"GFD.226", must, "reads an action with its attributes",
     [](Provider& it) {
         const auto path = it.compute();
         const json document{{"action", action_scheme("compute") + "stop"},
                             {"attributes", {{"method", "poweroff"}}}};
         const auto answer = post(it, path + "?action=stop", document);
         BOOST_TEST(answer.status == 200);
         BOOST_TEST(it.becomes(path, "occi.compute.state", "inactive"));
     }},
    {"GFD.226", must, "reads a collection, and answers with what was made",
     [](Provider& it) {
         const auto answer = post(it, "/storage/", {{"resources", {storage(), storage()}}});
         BOOST_TEST(answer.status == 201);
         BOOST_TEST(json::parse(answer.body)["resources"].size() == 2U);
     }},
    {"GFD.226", must, "reads entities that are to have a mixin",
     [](Provider& it) {
         it.define("tag");
         const auto path = it.network();
         const json named_one{{"kind", infrastructure + "network"},
                              {"id", "urn:uuid:" + path.substr(path.rfind('/') + 1)}};
         BOOST_TEST(post(it, "/tag/", {{"resources", {named_one}}}).status == 200);
         BOOST_TEST(it.has("/tag/", path));
     }},
    {"GFD.226", must, "keeps quotes, line ends and UTF-8 in a text",
     [](Provider& it) {
         auto document = storage();
         document["title"] = "a \"b\" \\ \xc3\xbc \xf0\x9f\x90\xa7, c";
         const auto answer = post(it, "/storage/", document);
         BOOST_TEST(answer.status == 201);
         BOOST_TEST(json::parse(answer.body)["title"] == document["title"]);
     }},
};

struct Malformed {
    const char *sentence, *body;
};
constexpr std::array malformed{
    Malformed{"refuses what is no JSON", "{"},
    Malformed{"refuses a document without a kind", "{}"},
    Malformed{"refuses a member that is there twice", R"({"kind":"http://x#a","kind":"http://x#a"})"},
    Malformed{"refuses a kind that is no string", R"({"kind":7})"},
    Malformed{"refuses a kind that is no type identifier", R"({"kind":"storage"})"},
    Malformed{"refuses attributes that are no object",
              R"({"kind":"http://schemas.ogf.org/occi/infrastructure#storage","attributes":[1]})"},
    Malformed{
        "refuses mixins that are no list",
        R"({"kind":"http://schemas.ogf.org/occi/infrastructure#storage","mixins":"x","attributes":{"occi.storage.size":1}})"},
    Malformed{
        "refuses a value that is a list",
        R"({"kind":"http://schemas.ogf.org/occi/infrastructure#storage","attributes":{"occi.storage.size":[1]}})"},
    Malformed{
        "refuses null",
        R"({"kind":"http://schemas.ogf.org/occi/infrastructure#storage","attributes":{"occi.storage.size":null}})"},
    Malformed{"refuses texts that are no UTF-8",
              "{\"kind\":\"http://schemas.ogf.org/occi/"
              "infrastructure#storage\",\"title\":\"\xff\",\"attributes\":{\"occi.storage.size\":1}}"},
};

Clause not_read(const Malformed& row) {
    return {"GFD.226", must, row.sentence, [row](Provider& it) {
                const auto counts = it.counts();
                const auto answer = it.post("/storage/", row.body, {{"Accept", type}});
                BOOST_TEST(answer.status == 400);
                BOOST_TEST(json::parse(answer.body)["code"] == 400);
                BOOST_TEST(it.counts() == counts, boost::test_tools::per_element());
            }};
}

Clauses refusals() {
    Clauses clauses;
    for (const auto& row : malformed) clauses.push_back(not_read(row));
    clauses.push_back({"GFD.226", must, "refuses 10 000 attributes, a text of 1 MB, and a thousand levels",
                       [](Provider& it) {
                           const auto counts = it.counts();
                           auto many = storage(), large = storage();
                           for (int number = 0; number < 10'000; ++number)
                               many["attributes"]["com.example.a" + std::to_string(number)] = 1;
                           large["title"] = std::string(1'000'000, 'x');
                           const auto deep = std::string(1000, '[');
                           for (const auto& body : {many.dump(), large.dump(), "{\"a\":" + deep}) {
                               const auto status = it.post("/storage/", body).status;
                               BOOST_TEST((status == 400 || status == 413), status);
                           }
                           BOOST_TEST(it.counts() == counts, boost::test_tools::per_element());
                       }});
    return clauses;
}

const Chapter chapter("json_226", writing + reading + refusals());

} // namespace
} // namespace conformance
