#define BOOST_TEST_DYN_LINK
#include "agent/base/text.hh"
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <set>
#include <tuple>

namespace data = boost::unit_test::data;
using nlohmann::json;

namespace {

// One compute with everything, made by XML.
struct Fixture : wire::Fixture {
    std::string image = agent.image(), network = agent.network();
    std::string compute = agent.compute("<COMPUTE><NAME>web</NAME><TYPE>small</TYPE><DISKS><DISK image=\"" +
                                        image + "\"/><SWAP size=\"512\"/></DISKS><NICS><NIC><UUID>" +
                                        network + "</UUID><IP>10.1.0.7</IP></NIC></NICS></COMPUTE>");

    json link(const std::string& kind) {
        const json shown = read("/compute/" + compute);
        for (const auto& each : shown["links"])
            if (each["kind"] == words::infrastructure + kind) return each;
        throw std::runtime_error("there is no " + kind);
    }
};

std::string id_in(const json& entity) {
    return entity["id"].get<std::string>().substr(std::string("urn:uuid:").size());
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_entity, Fixture)

BOOST_AUTO_TEST_CASE(shows_a_compute_that_was_made_by_xml_as_text) {
    const auto answer = get_as("text/plain", "/compute/" + compute);
    const auto& body = answer.body;
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(body.starts_with("Category: compute; scheme=\"" + words::infrastructure +
                                "\"; class=\"kind\"\nCategory: small; "
                                "scheme=\"urn:occi-agent:instance_type#\"; class=\"mixin\"\n"
                                "Category: image; scheme=\"urn:occi-agent:os_tpl#\"; class=\"mixin\"\n"
                                "X-OCCI-Attribute: occi.core.id=\"urn:uuid:" +
                                compute + "\"\n"));
    BOOST_TEST(words::has_line(body, "X-OCCI-Attribute: occi.core.title=\"web\""));
    BOOST_TEST(words::has_line(body, "X-OCCI-Attribute: occi.compute.cores=1"));
    BOOST_TEST(words::has_line(body, "X-OCCI-Attribute: occi.compute.memory=1.0"));
    BOOST_TEST(words::has_line(body, "X-OCCI-Attribute: occi.compute.state=\"active\""));
    BOOST_TEST(body.find("\nLink: </storage/" + image + ">; rel=\"" + words::infrastructure +
                         "storage\"; self=\"/storagelink/") != body.npos);
    BOOST_TEST(body.find("\nLink: </network/" + network + ">; rel=\"" + words::infrastructure +
                         "network\"; self=\"/networkinterface/") != body.npos);
    BOOST_TEST(body.find("; occi.networkinterface.address=\"10.1.0.7\"") != body.npos);
    BOOST_TEST(
        words::has_line(body, "Link: </compute/" + compute +
                                  "?action=stop>; rel=\"http://schemas.ogf.org/occi/infrastructure/compute/"
                                  "action#stop\""));
    BOOST_TEST(body.find("?action=start") == body.npos);
}

BOOST_AUTO_TEST_CASE(shows_the_same_compute_as_json) {
    const auto shown = read("/compute/" + compute);
    BOOST_TEST(shown["kind"] == words::infrastructure + "compute");
    BOOST_TEST(shown["id"] == "urn:uuid:" + compute);
    BOOST_TEST(shown["title"] == "web");
    BOOST_TEST(shown["attributes"]["occi.compute.memory"] == 1.0);
    BOOST_TEST(shown["links"].size() == 3U);
    BOOST_TEST(link("networkinterface")["target"] ==
               json({{"location", "/network/" + network}, {"kind", words::infrastructure + "network"}}));
}

BOOST_AUTO_TEST_CASE(shows_the_same_compute_by_headers) {
    const auto answer = get_as("text/occi", "/compute/" + compute);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "OK");
    BOOST_TEST(answer.header("Content-Type") == "text/occi");
    BOOST_TEST(answer.header("Category")
                   .starts_with("compute; scheme=\"" + words::infrastructure + "\"; class=\"kind\",small"));
    BOOST_TEST(answer.header("X-OCCI-Attribute").find("occi.compute.cores=1,") != std::string::npos);
    BOOST_TEST(answer.header("Link").find("/networkinterface/") != std::string::npos);
    // Who has it gets none of it again.
    const auto again = client.send("GET", "/compute/" + compute, {},
                                   {{"Accept", "text/occi"}, {"If-None-Match", answer.header("ETag")}});
    BOOST_TEST(again.status == 304);
    BOOST_TEST(again.header("Category") == "");
}

BOOST_AUTO_TEST_CASE(has_a_url_for_each_link_that_does_not_change) {
    for (const auto* kind : {"networkinterface", "storagelink"}) {
        const auto shown = link(kind);
        const auto path = "/" + std::string(kind) + "/" + id_in(shown);
        BOOST_TEST(read(path) == shown);
        const auto body = get_as("text/plain", path).body;
        BOOST_TEST(words::has_line(body, "X-OCCI-Attribute: occi.core.source=\"/compute/" + compute + "\""));
        agent.restart();
        BOOST_TEST(read(path)["id"] == shown["id"]);
    }
}

BOOST_AUTO_TEST_CASE(shows_networks_and_storages) {
    const auto storage = read("/storage/" + image);
    BOOST_TEST(storage["kind"] == words::infrastructure + "storage");
    BOOST_TEST(storage["attributes"]["occi.storage.state"] == "online");
    const auto body = get_as("text/plain", "/network/" + network).body;
    BOOST_TEST(words::has_line(body, "X-OCCI-Attribute: occi.network.address=\"10.1.0.0/24\""));
    BOOST_TEST(words::has_line(body, "X-OCCI-Attribute: occi.network.state=\"active\""));
}

BOOST_AUTO_TEST_CASE(says_nothing_that_the_query_interface_does_not_know) {
    const auto model = read("/-/");
    std::map<std::string, std::set<std::string>> known;
    for (const auto* list : {"kinds", "mixins"})
        for (const auto& category : model[list]) {
            auto& names = known[category["scheme"].get<std::string>() + category["term"].get<std::string>()];
            if (category.contains("attributes"))
                for (const auto& attribute : category["attributes"].items()) names.insert(attribute.key());
        }
    const auto all = read("/");
    for (const auto* list : {"resources", "links"})
        for (const auto& entity : all[list]) {
            auto names = known.at(entity["kind"]);
            if (entity.contains("mixins"))
                for (const auto& mixin : entity["mixins"]) names.merge(std::set(known.at(mixin)));
            for (const auto& attribute : entity["attributes"].items())
                BOOST_TEST(names.contains(attribute.key()), entity["kind"] << " has " << attribute.key());
        }
    BOOST_TEST(all["links"].size() == 3U);
}

BOOST_AUTO_TEST_CASE(shows_a_machine_of_others_whole_and_offers_nothing) {
    hv::MachineSpec spec;
    spec.cores = 3;
    spec.disks.push_back({hv::Content::foreign, "", "", 0, "", "sda", {}});
    spec.nics.push_back({"", "52:54:00:00:00:09", std::nullopt, ""});
    const auto id = agent.host().add_foreign_machine("win11", hv::MachineState::running, spec);
    BOOST_TEST(agent.becomes(id, "ACTIVE"));
    const auto shown = read("/compute/" + id);
    BOOST_TEST(!shown.contains("actions"));
    BOOST_TEST(shown["links"].size() == 2U);
    for (const auto& each : shown["links"]) {
        // They have no other end that could be asked for.
        BOOST_TEST(each["target"]["location"] == each["id"]);
        const auto kind = each["kind"].get<std::string>().substr(words::infrastructure.size());
        BOOST_TEST(read("/" + kind + "/" + id_in(each)) == each);
    }
    const auto refused = act("/compute/" + id, "stop");
    BOOST_TEST(refused.status == 403);
}

BOOST_AUTO_TEST_CASE(takes_the_urn_for_the_id) {
    BOOST_TEST(read("/compute/urn:uuid:" + compute) == read("/compute/" + compute));
}

BOOST_AUTO_TEST_CASE(has_a_validator_of_its_own_in_each_rendering) {
    std::set<std::string> tags;
    const auto media = {"text/plain",       "text/occi+plain", "text/occi", "application/occi+json",
                        "application/json", "application/xml"};
    for (const auto* accept : media) {
        const auto answer = get_as(accept, "/compute/" + compute);
        BOOST_TEST(tags.insert(answer.header("ETag")).second, accept);
        BOOST_TEST(answer.header("Content-Type").starts_with(accept));
        BOOST_TEST(answer.header("Vary").starts_with("Accept"));
        BOOST_TEST(!answer.header("Age").empty());
        const auto again = client.send("GET", "/compute/" + compute, {},
                                       {{"Accept", accept}, {"If-None-Match", answer.header("ETag")}});
        BOOST_TEST(again.status == 304);
    }
    BOOST_TEST(tags.size() == media.size());
}

BOOST_AUTO_TEST_CASE(answers_head_like_get) {
    const auto head = client.send("HEAD", "/compute/" + compute, {}, {{"Accept", "text/plain"}});
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.body.empty());
    BOOST_TEST(head.header("Content-Type") == "text/plain;charset=utf-8");
}

BOOST_AUTO_TEST_CASE(is_shown_to_who_speaks_xml_as_before) {
    const auto plain = client.get("/compute/" + compute);
    BOOST_TEST(plain.header("Content-Type") == "application/xml;charset=utf-8");
    BOOST_TEST(get_as("*/*", "/compute/" + compute).body == plain.body);
    BOOST_TEST(client.get("/compute/" + compute + "/").body == plain.body);
}

const std::vector<std::tuple<std::string, std::string, int, std::string>> refused = {
    {"/compute/" + words::nobody, "text/plain", 404, "text/plain;charset=utf-8"},
    {"/compute/" + words::nobody, "text/occi", 404, "text/occi"},
    {"/compute/" + words::nobody, "application/occi+json", 404, "application/occi+json"},
    {"/networkinterface/" + words::nobody, "text/plain", 404, "text/plain;charset=utf-8"},
    {"/storagelink/x", "application/json", 404, "application/json"},
    {"/compute/" + words::nobody + "/", "text/plain", 404, "text/plain;charset=utf-8"},
    {"/network/" + words::nobody, "image/png", 406, "text/plain;charset=utf-8"},
};
BOOST_DATA_TEST_CASE(says_why_not_in_the_rendering_that_was_asked_for, data::make(refused), path, accept,
                     status, type) {
    const auto answer = get_as(accept, path);
    BOOST_TEST(answer.status == status);
    BOOST_TEST(answer.header("Content-Type") == type);
    BOOST_TEST(answer.body.find(status == 404 ? "there is no" : "Accept") != std::string::npos, answer.body);
    if (!type.ends_with("json")) return;
    const auto shown = json::parse(answer.body);
    BOOST_TEST(shown["code"] == 404);
    BOOST_TEST(shown["error"] == "not_found");
}

BOOST_AUTO_TEST_CASE(is_no_list_of_urls) {
    BOOST_TEST(get_as("text/uri-list", "/compute/" + compute).status == 400);
}

BOOST_AUTO_TEST_SUITE_END()
