// GFD.221 (and GFD.183): the core model, as it shows.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/refusal.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

namespace conformance {
namespace {

const Clauses categories{
    {"GFD.221 5.3.1", must, "identifies each category by its scheme and term, once",
     [](Provider& it) {
         std::set<std::string> seen;
         for (const auto& line : lines_of(it.get("/-/").body, "Category")) {
             const auto id = parameter(line, "scheme") + line.substr(0, line.find(';'));
             BOOST_TEST(seen.insert(id).second, id);
             BOOST_TEST(parameter(line, "scheme").ends_with('#'), id);
         }
     }},
    {"GFD.221 5.3", must, "derives each kind from resource or link, and both from entity",
     [](Provider& it) {
         const auto body = it.get("/-/").body;
         BOOST_TEST(parameter(category_in(body, "entity", core), "rel").empty());
         for (const auto* term : {"resource", "link"})
             BOOST_TEST(parameter(category_in(body, term, core), "rel") == core + "entity");
         for (const auto* term : {"compute", "network", "storage"})
             BOOST_TEST(parameter(category_in(body, term), "rel") == core + "resource", term);
         for (const auto* term : {"networkinterface", "storagelink"})
             BOOST_TEST(parameter(category_in(body, term), "rel") == core + "link", term);
     }},
    {"GFD.221 5.3", must, "binds nothing to the abstract kind entity",
     [](Provider& it) {
         BOOST_TEST(parameter(category_in(it.get("/-/").body, "entity", core), "location").empty());
     }},
    {"GFD.221 5.3.2", must, "tells of each attribute whether a client may set it",
     [](Provider& it) {
         const auto attributes = parameter(category_in(it.get("/-/").body, "compute"), "attributes");
         BOOST_TEST(attributes.find("occi.core.id{immutable}") != std::string::npos);
         BOOST_TEST(attributes.find("occi.compute.state{immutable}") != std::string::npos);
         BOOST_TEST((attributes + " ").find("occi.core.title ") != std::string::npos);
         const auto link = parameter(category_in(it.get("/-/").body, "storagelink"), "attributes");
         BOOST_TEST(link.find("occi.core.source{required}") != std::string::npos);
         BOOST_TEST(link.find("occi.core.target{required}") != std::string::npos);
     }},
    {"GFD.221 5.5.2", must, "has its own attributes and schemes below names of its own",
     [](Provider& it) {
         for (const auto& line : lines_of(it.get("/-/").body, "Category")) {
             const auto scheme = parameter(line, "scheme");
             if (scheme.starts_with("http://example.com/")) continue; // a user's, of a conversation before
             BOOST_TEST((scheme.starts_with("http://schemas.o") || scheme.starts_with("urn:occi-agent:")),
                        scheme);
             if (!scheme.starts_with("http://schemas.ogf.org/")) continue;
             const auto attributes = parameter(line, "attributes");
             BOOST_TEST(
                 (attributes.find("occi_agent.") == std::string::npos || parameter(line, "class") == "kind"),
                 line);
         }
     }},
    {"GFD.221 5.3.9", must, "shows no attribute that the query interface does not",
     [](Provider& it) {
         const auto model = it.get("/-/").body;
         for (const auto& path : {it.standing().compute, it.standing().network, it.standing().image,
                                  it.standing().storagelink, it.standing().networkinterface}) {
             const auto body = it.get(path).body;
             std::string known;
             for (const auto& line : lines_of(body, "Category"))
                 known += " " + parameter(category_in(model, line.substr(0, line.find(';')),
                                                      parameter(line, "scheme")),
                                          "attributes");
             for (const auto& line : lines_of(body, "X-OCCI-Attribute")) {
                 const auto name = " " + line.substr(0, line.find('='));
                 BOOST_TEST(
                     ((known + " ").find(name + " ") != known.npos || known.find(name + "{") != known.npos),
                     path << " has " << name);
             }
         }
     }},
};

const Clauses entities{
    {"GFD.221 5.3", must, "gives each entity an id that is a URI, and its own",
     [](Provider& it) {
         it.standing();
         std::set<std::string> seen;
         for (const auto& path : it.members("/")) {
             const auto id = it.value(path, "occi.core.id");
             BOOST_TEST(id == "urn:uuid:" + path.substr(path.rfind('/') + 1));
             BOOST_TEST(seen.insert(id).second, id);
         }
     }},
    {"GFD.221 5.2", must, "keeps the id, whatever a client says",
     [](Provider& it) {
         const auto path = it.network(attribute("occi.core.id=\"mine\""));
         const auto id = it.value(path, "occi.core.id");
         BOOST_TEST(id.starts_with("urn:uuid:"));
         it.post(path, attribute("occi.core.id=\"other\"") + attribute("occi.core.title=\"t\""));
         BOOST_TEST(it.value(path, "occi.core.id") == id);
     }},
    {"GFD.221 5.2", must, "keeps title and summary of each kind, and changes them",
     [](Provider& it) {
         const auto both = attribute("occi.core.title=\"a\"") + attribute("occi.core.summary=\"b\"");
         for (const auto& path : {it.compute(both), it.network(both), it.storage(both)}) {
             BOOST_TEST(it.value(path, "occi.core.title") == "a", path);
             BOOST_TEST(it.value(path, "occi.core.summary") == "b", path);
             BOOST_TEST(
                 it.post(path, attribute("occi.core.title=\"c\"") + attribute("occi.core.summary=\"d\""))
                     .status == 200);
             BOOST_TEST(it.value(path, "occi.core.title") == "c", path);
             BOOST_TEST(it.value(path, "occi.core.summary") == "d", path);
         }
     }},
    refused("GFD.221 5.2", must, "takes no title of more than a line", 400,
            {"POST", "{compute}", attribute("occi.core.title=\"" + std::string(256, 'x') + "\"")},
            "occi.core.title"),
    {"GFD.221 5.2", must, "keeps the title of a link, and changes it",
     [](Provider& it) {
         const auto compute = it.compute();
         const auto called = attribute("occi.core.title=\"a\"");
         for (const auto& path :
              {it.make("/storagelink/", link("storagelink", compute, it.storage()) + called),
               it.make("/networkinterface/", link("networkinterface", compute, it.network()) + called)}) {
             BOOST_TEST(it.value(path, "occi.core.title") == "a", path);
             BOOST_TEST(it.post(path, attribute("occi.core.title=\"b\"")).status == 200);
             BOOST_TEST(it.value(path, "occi.core.title") == "b", path);
         }
     }},
    {"GFD.221 5.3.4", must, "gives a mixin at creation and takes it at run time",
     [](Provider& it) {
         it.define("tag");
         const auto path = it.storage(mixin("tag", user_scheme));
         BOOST_TEST(it.has("/tag/", path));
         BOOST_TEST(it.put(path, kind("storage")).status == 200);
         BOOST_TEST(it.members("/tag/").empty());
     }},
    {"GFD.221 5.3.8", must, "has an entity in the collection of its kind and of each of its mixins",
     [](Provider& it) {
         it.define("tag");
         const auto path = it.network(mixin("tag", user_scheme));
         for (const auto* location : {"/network/", "/tag/", "/mixin/ipnetwork/", "/"})
             BOOST_TEST(it.has(location, path), location);
         it.remove(path);
         for (const auto* location : {"/network/", "/tag/", "/mixin/ipnetwork/", "/"})
             BOOST_TEST(!it.has(location, path), location);
     }},
    {"GFD.221 5.3", should, "links to resources of other providers",
     LeftOut{"a disk or a NIC of a machine here has its other end on this machine"}},
    {"GFD.221 5.3", must, "moves the source of a link that is there",
     LeftOut{"a link is plugged in: who wants it elsewhere deletes it and makes another (409)"}},
    {"GFD.221 5.5.3", must, "lets a user define tags, and no more",
     [](Provider& it) {
         const auto more = [](const std::string& parameter) {
             return mixin_line("tag", user_scheme) + "; location=\"/tag/\"; " + parameter;
         };
         BOOST_TEST(it.post("/-/", more("attributes=\"com.example.x\"")).status == 400);
         BOOST_TEST(it.post("/-/", more("actions=\"" + action_scheme("compute") + "start\"")).status == 400);
         BOOST_TEST(category_in(it.get("/-/").body, "tag", user_scheme).empty());
     }},
};

const std::string nic = kind("networkinterface");
const Clauses links{
    refused("GFD.221 5.3", must, "makes no link without a source", 400,
            {"POST", "/networkinterface/", nic + attribute("occi.core.target=\"{network}\"")},
            "occi.core.source"),
    refused("GFD.221 5.3", must, "makes no link without a target", 400,
            {"POST", "/networkinterface/", nic + attribute("occi.core.source=\"{compute}\"")},
            "occi.core.target"),
    refused("GFD.221 5.3", must, "makes no link from what is not there", 400,
            {"POST", "/networkinterface/", link("networkinterface", "/compute/{nobody}", "{network}")}),
    refused("GFD.221 5.3", must, "makes no link to what is not there", 400,
            {"POST", "/networkinterface/", link("networkinterface", "{compute}", "/network/{nobody}")},
            nobody),
    refused("GFD.221 5.3", must, "makes no link from a thing of the wrong kind", 400,
            {"POST", "/networkinterface/", link("networkinterface", "{network}", "{network}")}, "compute"),
    refused("GFD.221 5.3", must, "makes no link to a thing of the wrong kind", 400,
            {"POST", "/networkinterface/", link("networkinterface", "{compute}", "{image}")}, "network"),
    refused("GFD.221 5.3", must, "makes no storagelink to a network", 400,
            {"POST", "/storagelink/", link("storagelink", "{compute}", "{network}")}, "storage"),
    refused("GFD.221 5.3", must, "makes no link from elsewhere", 400,
            {"POST", "/storagelink/", link("storagelink", "/elsewhere/x", "{image}")}, "/elsewhere/x"),
    refused("GFD.221 5.3", must, "gives no source to a resource", 400,
            {"POST", "/compute/", kind("compute") + attribute("occi.core.source=\"{compute}\"")}, "source"),
    refused("GFD.221 5.3", must, "begins no link at a network", 400,
            {"POST", "/network/", kind("network") + link_to("{image}")}),
};

const Chapter chapter("core_221", categories + entities + links);

} // namespace
} // namespace conformance
