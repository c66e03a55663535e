// What the query interface shows as mutable can be changed, and what it shows as immutable is refused.
#define BOOST_TEST_DYN_LINK
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

using nlohmann::json;

namespace {

// Another value than it has, of each attribute that is no plain text.
const std::map<std::string, json> others{
    {"occi.compute.architecture", "x86"},
    {"occi.compute.cores", 2},
    {"occi.compute.hostname", "web-1"},
    {"occi.compute.memory", 2.0},
    {"occi.compute.share", 200},
    {"occi.compute.state", "suspended"},
    {"occi_agent.phase", "deleting"},
    {"occi_agent.condition", "stuck"},
    {"occi_agent.source", "cache"},
    {"occi_agent.suspended_in", "disk"},
    {"occi.network.state", "error"},
    {"occi.network.vlan", 7},
    {"occi.network.address", "10.9.0.0/24"},
    {"occi.network.gateway", "10.9.0.1"},
    {"occi.network.allocation", "static"},
    {"occi_agent.network.size", "30"},
    {"occi_agent.network.mode", "nat"},
    {"occi.storage.size", 2.0},
    {"occi.storage.state", "error"},
    {"occi.networkinterface.state", "error"},
    {"occi.networkinterface.mac", "02:00:5e:00:00:07"},
    {"occi.networkinterface.address", "10.1.0.77"},
    {"occi.networkinterface.allocation", "static"},
    {"occi.storagelink.state", "error"},
    {"occi.storagelink.deviceid", "/dev/vdx"},
};
// GFD.221, 4.5 has them mutable: a link that moves is another one here (409).
const std::set<std::string> ends{"occi.core.source", "occi.core.target"};

struct Fixture : wire::Fixture {
    const std::string network = agent.network(), storage = agent.image();
    const std::string compute = agent.compute("<COMPUTE><DISKS><SWAP size=\"8\"/></DISKS><NICS><NIC><UUID>" +
                                              network + "</UUID></NIC></NICS></COMPUTE>");

    // The one that has to do with each kind, and is off: what can be changed at all can be changed then.
    std::string path_of(const std::string& kind) {
        if (kind == "compute") return "/compute/" + compute;
        if (kind == "network") return "/network/" + network;
        if (kind == "storage") return "/storage/" + storage;
        for (const auto& link : read("/compute/" + compute)["links"])
            if (link["kind"].get<std::string>().ends_with("#" + kind))
                return "/" + kind + "/" + link["id"].get<std::string>().substr(9);
        return {};
    }
    support::Answer change(const std::string& path, const std::string& attribute, const json& value) {
        return client.send("POST", path, json{{"attributes", {{attribute, value}}}}.dump(),
                           {{"Content-Type", "application/occi+json"}, {"Accept", "application/occi+json"}});
    }
    void check(const std::string& kind, const std::string& attribute, const json& spec) {
        if (ends.contains(attribute)) return;
        const auto path = path_of(kind);
        const auto known = others.find(attribute);
        const json wanted = known == others.end() ? json("other") : known->second;
        const auto answer = change(path, attribute, wanted);
        BOOST_TEST_CONTEXT(attribute << " of a " << kind << ": " << answer.body) {
            if (spec["mutable"] == true) {
                BOOST_TEST(answer.status / 100 == 2);
                BOOST_TEST(support::eventually([&] { return value(path, attribute) == wanted; }));
            } else {
                BOOST_TEST(answer.status / 100 == 4);
                BOOST_TEST(answer.body.find("cannot be a") == std::string::npos);
            }
        }
    }
    json categories() { return json::parse(get_as("application/occi+json", "/-/").body); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_mutable, Fixture)

BOOST_AUTO_TEST_CASE(what_a_kind_shows_as_mutable_can_be_changed_and_nothing_else) {
    agent.host().compute().power_off(compute);
    BOOST_TEST(agent.becomes(compute, "STOPPED"));
    for (const auto& kind : categories()["kinds"])
        if (!kind.value("location", "").empty())
            for (const auto& [attribute, spec] : kind["attributes"].items())
                check(kind["term"], attribute, spec);
}

BOOST_AUTO_TEST_CASE(what_a_mixin_shows_as_immutable_stays) {
    const std::map<std::string, std::string> kinds{
        {"ipnetwork", "network"}, {"network_bridge", "network"}, {"ipnetworkinterface", "networkinterface"}};
    for (const auto& mixin : categories()["mixins"])
        if (const auto kind = kinds.find(mixin["term"]); kind != kinds.end())
            for (const auto& [attribute, spec] : mixin["attributes"].items()) {
                BOOST_TEST(spec["mutable"] == false, attribute);
                check(kind->second, attribute, spec);
            }
}

BOOST_AUTO_TEST_CASE(what_is_always_so_may_be_said) {
    const auto made = post_text("/network/", words::kind("network") +
                                                 words::attribute("occi.network.allocation=\"dynamic\""));
    BOOST_TEST(made.status == 201);
    const auto nic = post_text("/networkinterface/",
                               words::link("networkinterface", "/compute/" + compute, "/network/" + network) +
                                   words::attribute("occi.networkinterface.allocation=\"dynamic\""));
    BOOST_TEST(nic.status == 201);
    const auto other = post_text(
        "/networkinterface/", words::link("networkinterface", "/compute/" + compute, "/network/" + network) +
                                  words::attribute("occi.networkinterface.allocation=\"static\""));
    BOOST_TEST(other.status == 403);
    BOOST_TEST(other.body.find("it is always \"dynamic\" here") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_storage_needs_its_size_unless_an_image_gives_it) {
    const auto spec =
        words::parameter(words::category_in(get_as("text/plain", "/-/").body, "storage"), "attributes");
    BOOST_TEST(spec.find("occi.storage.size{required}") != spec.npos);
    BOOST_TEST(post_text("/storage/", words::kind("storage")).status == 400);
    const auto url = agent.make_original("of-an-image.img");
    BOOST_TEST(post_text("/storage/",
                         words::kind("storage") + words::attribute("occi_agent.storage.url=\"" + url + "\""))
                   .status == 201);
}

BOOST_AUTO_TEST_CASE(a_label_is_kept_changed_and_taken_away) {
    const auto made =
        post_text("/network/", words::kind("network") + words::attribute("occi.network.label=\"blue\""));
    BOOST_TEST_REQUIRE(made.status == 201);
    const auto path = "/network/" + made.id();
    BOOST_TEST(value(path, "occi.network.label") == "blue");
    agent.restart();
    BOOST_TEST(value(path, "occi.network.label") == "blue");
    BOOST_TEST(post_text(path, words::attribute("occi.network.label=\"red\"")).status == 200);
    BOOST_TEST(value(path, "occi.network.label") == "red");
    BOOST_TEST(client
                   .send("PUT", path, words::kind("network"),
                         {{"Content-Type", "text/plain"}, {"Accept", "text/plain"}})
                   .status == 200);
    BOOST_TEST(value(path, "occi.network.label").is_null());
}

// A mixin that nothing could come of is no success.
BOOST_AUTO_TEST_CASE(a_network_without_addresses_of_ours_becomes_no_ip_network) {
    const auto ipnetwork = words::mixin("ipnetwork", "http://schemas.ogf.org/occi/infrastructure/network#");
    agent.host().set_bridges({"br0"});
    const auto made = post_text("/network/", words::kind("network") +
                                                 words::attribute("occi_agent.network.bridge=\"br0\""));
    BOOST_TEST_REQUIRE(made.status == 201);
    const auto answer = post_text("/network/" + made.id(), ipnetwork);
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("its addresses are not the agent's to give") != std::string::npos);
    BOOST_TEST(post_text("/network/", words::kind("network") + ipnetwork +
                                          words::attribute("occi_agent.network.bridge=\"br0\""))
                   .status == 400);
    BOOST_TEST(
        post_text("/network/" + network, ipnetwork + words::attribute("occi.core.title=\"x\"")).status ==
        200);
}

BOOST_AUTO_TEST_CASE(a_mixin_that_says_nothing_by_itself_is_no_change) {
    const auto path = "/compute/" + compute;
    BOOST_TEST(
        post_text(path, words::mixin("ssh_key", "http://schemas.ogf.org/occi/infrastructure/credentials#"))
            .status == 400);
    BOOST_TEST(post_text(path, words::mixin("resource_tpl", words::infrastructure)).status == 409);
    const auto made =
        post_text("/compute/", words::kind("compute") + words::mixin("os_tpl", words::infrastructure));
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.header("X-OCCI-Agent-Ignored") == "os_tpl");
}

BOOST_AUTO_TEST_SUITE_END()
