// GFD.222 (and GFD.224, 3.5.2): templates of sizes.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/refusal.hh"
#include "tests/conformance/words.hh"

#include <boost/test/unit_test.hpp>

#include <array>

namespace conformance {
namespace {

const std::string profile = "http://schemas.ogf.org/occi/infrastructure/compute/template/1.1#";

struct Size {
    const char *term, *title, *cores, *memory, *ephemeral;
};
constexpr std::array sizes{Size{"small", "A small Compute instance", "1", "1.0", "10.0"},
                           Size{"medium", "A medium Compute instance", "2", "2.0", "20.0"},
                           Size{"large", "A large Compute instance", "4", "4.0", "40.0"}};

// An own check for each, so that the table names it.
Clause offered(const Size& size, const char* rule) {
    return {std::string("GFD.222 ") + rule, must, std::string("offers the template ") + size.term,
            [size](Provider& it) {
                const auto line = category_in(it.get("/-/").body, size.term, profile);
                BOOST_TEST(parameter(line, "rel") == infrastructure + "resource_tpl");
                BOOST_TEST(parameter(line, "title") == size.title);
                const auto json = it.get("/-/", {{"Accept", "application/occi+json"},
                                                 {"Category", mixin_line(size.term, profile).substr(10)}})
                                      .body;
                for (const auto& [name, value] :
                     {std::pair{"occi.compute.cores", size.cores},
                      std::pair{"occi.compute.memory", size.memory},
                      std::pair{"occi.compute.ephemeral_storage.size", size.ephemeral}}) {
                    const auto at = json.find("\"" + std::string(name) + "\":{");
                    BOOST_TEST(
                        (at != json.npos && json.find("\"default\":" + std::string(value), at) != json.npos),
                        name << " in " << json);
                }
            }};
}

const Clauses offers{
    {"GFD.222", must, "names the profile in every answer",
     [](Provider& it) {
         for (const auto* path : {"/-/", "/compute/", "/nothing"})
             BOOST_TEST(it.get(path).header("Server").find(" OCCI-CRTP/1.1") != std::string::npos, path);
     }},
    offered(sizes[0], "R0306"),
    offered(sizes[1], "R0307"),
    offered(sizes[2], "R0308"),
    {"GFD.222 R0309", may, "offers mem_small, mem_medium and mem_large",
     LeftOut{"the profile leaves it open; an operator adds types of his own"}},
    {"GFD.224 3.5.2", must, "offers the base of templates when it offers any",
     [](Provider& it) { BOOST_TEST(!category_in(it.get("/-/").body, "resource_tpl").empty()); }},
};

const Clauses sizing{
    {"GFD.222 R0305", must, "sizes a compute by its template at creation",
     [](Provider& it) {
         const auto body = it.get(it.compute(mixin("medium", profile))).body;
         BOOST_TEST(!category_in(body, "medium", profile).empty());
         BOOST_TEST(value_of(body, "occi.compute.cores") == "2");
         BOOST_TEST(value_of(body, "occi.compute.memory") == "2.0");
     }},
    {"GFD.224 3.5.2", must, "lets a template beat the sizes that are sent beside it",
     [](Provider& it) {
         const auto path = it.compute(mixin("small", profile) + attribute("occi.compute.cores=3"));
         BOOST_TEST(it.value(path, "occi.compute.cores") == "1");
     }},
    {"GFD.224 3.5.2", must, "replaces the template by another one, and resizes",
     [](Provider& it) {
         const auto path = it.compute(mixin("small", profile));
         it.act(path, "stop", attribute("method=\"poweroff\""));
         BOOST_TEST(it.becomes(path, "occi.compute.state", "inactive"));
         BOOST_TEST(it.post(path, mixin("medium", profile)).status == 200);
         BOOST_TEST(it.becomes(path, "occi.compute.cores", "2"));
         const auto body = it.get(path).body;
         BOOST_TEST(!category_in(body, "medium", profile).empty());
         BOOST_TEST(category_in(body, "small", profile).empty());
     }},
    {"GFD.222 R0302", must, "has a compute of one template at any time",
     [](Provider& it) {
         const auto status =
             it.post("/compute/", kind("compute") + mixin("small", profile) + mixin("large", profile)).status;
         BOOST_TEST((status == 400 || status == 409), status);
     }},
    {"GFD.222 R0304", must, "shows the ephemeral storage of a compute of a template that has a disk",
     [](Provider& it) {
         const auto path = it.guest(mixin("small", profile));
         BOOST_TEST(it.value(path, "occi.compute.ephemeral_storage.size") == "10.0");
         BOOST_TEST(it.value(path, "occi.compute.ephemeral_storage.deviceid") == "/dev/vda");
     }},
    refused(
        "GFD.222 R0304", must, "lets nobody set the ephemeral storage", 403,
        {"POST", "/compute/",
         kind("compute") + mixin("small", profile) + attribute("occi.compute.ephemeral_storage.size=99.0")}),
    refused("GFD.224 3.5.2", must, "gives a template to a compute only", 403,
            {"POST", "/storage/",
             kind("storage") + attribute("occi.storage.size=1") + mixin("resource_tpl", infrastructure)}),
};

const Chapter chapter("templates_222", offers + sizing);

} // namespace
} // namespace conformance
