// GFD.224, 3.1 (and GFD.184, 3.1): computes.
#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"
#include "tests/conformance/provider.hh"
#include "tests/conformance/refusal.hh"
#include "tests/conformance/words.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string_view>

namespace conformance {
namespace {

std::string method(const std::string& word) { return attribute("method=\"" + word + "\""); }

bool stops(Provider& it, const std::string& path) {
    return it.act(path, "stop", method("poweroff")).status == 200 &&
           it.becomes(path, "occi.compute.state", "inactive");
}

const Clauses attributes{
    {"GFD.224 3.1", must, "has the attributes of a compute in the query interface",
     [](Provider& it) {
         const auto known = parameter(category_in(it.get("/-/").body, "compute"), "attributes") + " ";
         for (const auto* each : {"architecture", "cores", "hostname", "share", "memory"})
             BOOST_TEST(known.find("occi.compute." + std::string(each) + " ") != std::string::npos, each);
         for (const auto* each : {"state", "state.message"})
             BOOST_TEST(known.find("occi.compute." + std::string(each) + "{immutable}") != std::string::npos,
                        each);
     }},
    {"GFD.224 3.1", must, "shows the state of a compute, always",
     [](Provider& it) {
         for (const auto& path : it.members("/compute/"))
             BOOST_TEST(!it.value(path, "occi.compute.state").empty());
         BOOST_TEST(it.value(it.standing().compute, "occi.compute.state") == "active");
     }},
    {"GFD.224 3.1", must, "makes a compute of nothing but its kind",
     [](Provider& it) {
         const auto path = it.compute();
         BOOST_TEST(it.value(path, "occi.compute.cores") == "1");
         BOOST_TEST(!it.value(path, "occi.compute.memory").empty());
     }},
    {"GFD.224 3.1", must, "makes a compute of the sizes that the client names",
     [](Provider& it) {
         const auto path =
             it.compute(attribute("occi.compute.cores=2") + attribute("occi.compute.memory=0.25"));
         const auto body = it.get(path).body;
         BOOST_TEST(value_of(body, "occi.compute.cores") == "2");
         BOOST_TEST(value_of(body, "occi.compute.memory") == "0.25");
     }},
    {"GFD.224 3.1", must, "changes the sizes of a compute that is off",
     [](Provider& it) {
         const auto path = it.compute(attribute("occi.compute.memory=0.25"));
         BOOST_TEST(stops(it, path));
         BOOST_TEST(
             it.post(path, attribute("occi.compute.memory=0.5") + attribute("occi.compute.cores=2")).status ==
             200);
         BOOST_TEST(it.becomes(path, "occi.compute.memory", "0.5"));
         BOOST_TEST(it.becomes(path, "occi.compute.cores", "2"));
     }},
    {"GFD.224 3.1", must, "takes x86 and x64 for an architecture",
     [](Provider& it) {
         for (const auto* word : {"x86", "x64"}) {
             const auto path =
                 it.compute(attribute("occi.compute.architecture=\"" + std::string(word) + "\""));
             BOOST_TEST(it.value(path, "occi.compute.architecture") == word);
         }
     }},
    {"GFD.224 3.1", must, "keeps a hostname and changes it",
     [](Provider& it) {
         const auto path = it.compute(attribute("occi.compute.hostname=\"a.example.org\""));
         BOOST_TEST(it.value(path, "occi.compute.hostname") == "a.example.org");
         BOOST_TEST(it.post(path, attribute("occi.compute.hostname=\"b\"")).status == 200);
         BOOST_TEST(it.becomes(path, "occi.compute.hostname", "b"));
     }},
    {"GFD.224 3.1", must, "keeps a share of the processors",
     [](Provider& it) {
         const auto path = it.compute(attribute("occi.compute.share=512"));
         BOOST_TEST(it.value(path, "occi.compute.share") == "512");
     }},
    {"GFD.184 3.1", must, "keeps occi.compute.speed",
     LeftOut{"no guest is promised a clock, and OCCI 1.2 has no such attribute"}},
    refused("GFD.224 3.1", must, "makes no compute of another architecture", 400,
            {"POST", "/compute/", kind("compute") + attribute("occi.compute.architecture=\"arm\"")}),
    refused("GFD.224 3.1", must, "makes no compute without a core", 400,
            {"POST", "/compute/", kind("compute") + attribute("occi.compute.cores=0")}),
    refused("GFD.224 3.1", must, "makes no compute of half a core", 400,
            {"POST", "/compute/", kind("compute") + attribute("occi.compute.cores=0.5")},
            "occi.compute.cores"),
    refused("GFD.224 3.1", must, "makes no compute of more memory than there is in the world", 400,
            {"POST", "/compute/", kind("compute") + attribute("occi.compute.memory=1e12")}),
    refused("GFD.224 3.1", must, "makes no compute of a hostname that is none", 400,
            {"POST", "/compute/", kind("compute") + attribute("occi.compute.hostname=\"not a name\"")},
            "host"),
    refused("GFD.224 3.1", must, "makes no compute of a negative share", 400,
            {"POST", "/compute/", kind("compute") + attribute("occi.compute.share=-1")}, "share"),
};

const Clauses actions{
    {"GFD.224 3.1", must, "has the actions of a compute, and their methods in JSON",
     [](Provider& it) {
         const auto body = it.get("/-/").body;
         const auto known = parameter(category_in(body, "compute"), "actions") + " ";
         for (const auto* term : {"start", "stop", "restart", "suspend", "save"})
             BOOST_TEST(known.find(action_scheme("compute") + term + " ") != std::string::npos, term);
         for (const auto* term : {"start", "stop", "restart", "suspend", "save"})
             BOOST_TEST(parameter(category_in(body, term, action_scheme("compute")), "attributes")
                            .starts_with("method"),
                        term);
     }},
    {"GFD.224 3.1", must, "stops a compute by each method",
     [](Provider& it) {
         for (const auto* word : {"graceful", "acpioff", "poweroff"}) {
             const auto path = it.guest();
             BOOST_TEST(it.act(path, "stop", method(word)).status == 200, word);
             BOOST_TEST(it.becomes(path, "occi.compute.state", "inactive"), word);
             BOOST_TEST(it.get(path).body.find("?action=stop") == std::string::npos);
         }
     }},
    {"GFD.224 3.1", must, "starts a compute that was stopped",
     [](Provider& it) {
         const auto path = it.compute();
         BOOST_TEST(stops(it, path));
         BOOST_TEST(it.act(path, "start").status == 200);
         BOOST_TEST(it.becomes(path, "occi.compute.state", "active"));
     }},
    {"GFD.224 3.1", may, "starts a compute without its saved memory, or discards that, by methods of ours",
     [](Provider& it) {
         const auto path = it.compute();
         const auto domain = "occi-" + path.substr(path.rfind('/') + 1);
         const auto is = [&](const char* state) {
             return support::eventually([&] { return it.fixture().node.state_of(domain) == state; },
                                        std::chrono::seconds(60));
         };
         BOOST_TEST(it.act(path, "suspend", method("hibernate")).status == 200);
         BOOST_TEST(is("saved"));
         BOOST_TEST(it.becomes(path, "occi.compute.state", "suspended"));
         BOOST_TEST(it.act(path, "start", method("cold")).status == 200);
         BOOST_TEST(is("running"));
         BOOST_TEST(it.becomes(path, "occi.compute.state", "active"));
         BOOST_TEST(it.act(path, "suspend", method("hibernate")).status == 200);
         BOOST_TEST(is("saved"));
         BOOST_TEST(it.becomes(path, "occi.compute.state", "suspended"));
         BOOST_TEST(it.act(path, "stop", method("poweroff")).status == 200);
         BOOST_TEST(is("off"));
         BOOST_TEST(it.becomes(path, "occi.compute.state", "inactive"));
     }},
    {"GFD.224 3.1", must, "suspends a compute by each method, and starts it again",
     [](Provider& it) {
         const auto path = it.compute();
         BOOST_TEST(it.act(path, "suspend", method("suspend")).status == 200);
         BOOST_TEST(it.becomes(path, "occi.compute.state", "suspended"));
         BOOST_TEST(it.act(path, "start").status == 200);
         BOOST_TEST(it.becomes(path, "occi.compute.state", "active"));
         BOOST_TEST(it.act(path, "suspend", method("hibernate")).status == 200);
         // Its memory is on disk then, and nothing of it runs.
         const auto domain = "occi-" + path.substr(path.rfind('/') + 1);
         BOOST_TEST(support::eventually([&] { return it.fixture().node.state_of(domain) == "saved"; },
                                        std::chrono::seconds(60)));
         BOOST_TEST(it.becomes(path, "occi.compute.state", "suspended"));
         BOOST_TEST(it.act(path, "start").status == 200);
         BOOST_TEST(it.becomes(path, "occi.compute.state", "active"));
     }},
    {"GFD.224 3.1", must, "restarts a compute by each method",
     [](Provider& it) {
         const auto path = it.guest();
         std::size_t times = 1;
         for (const auto* word : {"warm", "cold", "graceful"}) {
             BOOST_TEST(it.becomes(path, "occi.compute.state", "active"));
             BOOST_TEST(it.act(path, "restart", method(word)).status == 200, word);
             BOOST_TEST(it.boots(path, ++times), word);
         }
     }},
    {"GFD.224 3.1", must, "saves a compute as a new OS template, and answers with it",
     [](Provider& it) {
         for (const auto* word : {"hot", "deferred"}) {
             const auto path = it.guest();
             if (std::string_view(word) == "deferred") BOOST_TEST(stops(it, path));
             const auto answer = it.act(path, "save", method(word) + attribute("name=\"copy\""));
             BOOST_TEST(answer.status == 200, word << ": " << answer.body);
             BOOST_TEST(answer.body.find("Category: ") != std::string::npos);
             BOOST_TEST(parameter(answer.body, "rel") == infrastructure + "os_tpl");
         }
     }},
    refused("GFD.224 3.1", must, "stops nothing by a method that it has not", 400,
            {"POST", "{compute}?action=suspend",
             category("suspend", action_scheme("compute"), "action") + method("poweroff")},
            "poweroff"),
    {"GFD.224 3.1", must, "offers what the state admits: start only, when it is inactive",
     [](Provider& it) {
         const auto path = it.compute();
         BOOST_TEST(stops(it, path));
         const auto body = it.get(path).body;
         BOOST_TEST(body.find("?action=start>") != std::string::npos);
         for (const auto* term : {"stop", "restart", "suspend"})
             BOOST_TEST(body.find("?action=" + std::string(term) + ">") == std::string::npos, term);
         // What is asked for while it is still being stopped is decided when its turn has come.
         BOOST_TEST(it.fixture().all_has_ended());
         BOOST_TEST(it.act(path, "suspend").status == 409);
         BOOST_TEST(it.act(path, "restart").status == 409);
     }},
    {"GFD.224 3.1", may, "deletes a compute in whatever state it is",
     [](Provider& it) {
         const auto active = it.compute(), suspended = it.compute(), inactive = it.compute();
         it.act(suspended, "suspend");
         BOOST_TEST(it.becomes(suspended, "occi.compute.state", "suspended"));
         BOOST_TEST(stops(it, inactive));
         for (const auto& path : {active, suspended, inactive}) {
             BOOST_TEST(it.remove(path).status == 200);
             BOOST_TEST(it.get(path).status == 404);
         }
     }},
};

const Chapter chapter("infrastructure_224_compute", attributes + actions);

} // namespace
} // namespace conformance
