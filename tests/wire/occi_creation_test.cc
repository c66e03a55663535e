// Making computes, networks and storages in every rendering of OCCI, and what is refused.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <ostream>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;
using nlohmann::json;

namespace {

const std::string scheme = "http://schemas.ogf.org/occi/infrastructure#";

std::string category(const std::string& term, const std::string& of = scheme) {
    return term + "; scheme=\"" + of + "\"; class=\"kind\"";
}
std::string as_text(const std::string& kind, const std::vector<std::string>& attributes,
                    const std::string& more = {}) {
    auto body = "Category: " + category(kind) + "\n";
    for (const auto& each : attributes) body += "X-OCCI-Attribute: " + each + "\n";
    return body + more;
}
std::string as_json(const std::string& kind, const std::string& attributes, const std::string& more = {}) {
    return R"({"kind":")" + scheme + kind + R"(","attributes":{)" + attributes + "}" + more + "}";
}
std::string network_at(const std::string& address) {
    return as_json("network", R"("occi.network.address":")" + address + "\"",
                   R"(,"mixins":["http://schemas.ogf.org/occi/infrastructure/network#ipnetwork"])");
}

struct Fixture : wire::Fixture {
    support::Answer post(const std::string& target, const std::string& body, const std::string& type,
                         const std::string& accept) const {
        return client.send("POST", target, body, {{"Content-Type", type}, {"Accept", accept}});
    }
    std::size_t count(const std::string& pool) const {
        const auto all = read(pool);
        return (all.contains("links") ? all["links"] : all["resources"]).size();
    }
    std::vector<std::size_t> counts() const {
        return {count("/compute/"), count("/network/"), count("/storage/"), count("/storagelink/"),
                count("/networkinterface/")};
    }
    bool is_active(const std::string& compute) const {
        return support::eventually(
            [&] { return read("/compute/" + compute)["attributes"]["occi.compute.state"] == "active"; });
    }
};

struct Refusal {
    const char* target;
    int status;
    std::string word; // that the sentence has
    std::string body; // text, or JSON when it begins with a brace
};
std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
    return out << refusal.target << ' ' << refusal.body.substr(0, 300);
}

const std::string storage = as_text("storage", {"occi.storage.size=1"});
const std::vector<Refusal> refusals{
    {"/storage/", 400, "kind", "X-OCCI-Attribute: occi.storage.size=1"},
    {"/storage/", 400, "one kind", storage + "Category: " + category("network")},
    {"/compute/", 400, "/storage/", storage},
    {"/storage/", 404, "storages", "Category: " + category("storages")},
    {"/storage/", 404, "http://example.com/x#y",
     storage + "Category: " + category("y", "http://example.com/x#")},
    {"/storage/", 403, "ipnetwork",
     storage + "Category: " + category("ipnetwork", "http://schemas.ogf.org/occi/infrastructure/network#")},
    {"/storage/", 400, "occi.storage.colour",
     as_text("storage", {"occi.storage.size=1", "occi.storage.colour=1"})},
    {"/storage/", 400, "occi.storage.size", as_text("storage", {"occi.storage.size=\"big\""})},
    {"/storage/", 400, "size of a storage", as_text("storage", {"occi.storage.size=-1"})},
    {"/storage/", 400, "size of a storage", as_text("storage", {"occi.storage.size=0"})},
    {"/storage/", 400, "size of a storage", as_text("storage", {"occi.storage.size=1e300"})},
    {"/storage/", 400, "needs occi.storage.size, or occi_agent.storage.url", as_text("storage", {})},
    {"/storage/", 400, "occi.core.title", as_text("storage", {"occi.storage.size=1", "occi.core.title=1"})},
    {"/storage/", 400, "twice", as_text("storage", {"occi.storage.size=1", "occi.storage.size=1"})},
    {"/storage/", 403, "occi_agent.owner",
     as_text("storage", {"occi.storage.size=1", "occi_agent.owner=\"x\""})},
    {"/storage/", 400, "links end",
     as_text("storage", {"occi.storage.size=1"},
             "Link: </storage/" + words::nobody + ">; rel=\"" + scheme + "storage\"")},
    {"/network/", 400, "10.1.0.0/31", as_text("network", {"occi.network.address=\"10.1.0.0/31\""})},
    {"/network/", 400, "gateway",
     as_text("network", {"occi.network.address=\"10.1.0.0/24\"", "occi.network.gateway=\"10.1.0.9\""})},
    {"/network/", 403, "always \"dynamic\"", as_text("network", {"occi.network.allocation=\"static\""})},
    {"/network/", 409, "no tagging is configured", as_text("network", {"occi.network.vlan=7"})},
    {"/network/", 400, "occi.network.label", as_text("network", {"occi.network.label=\"a\x01\""})},
    {"/network/", 400, "occi.network.allocation", as_text("network", {"occi.network.allocation=\"some\""})},
    {"/compute/", 400, "none of", as_text("compute", {"occi.compute.architecture=\"arm\""})},
    {"/compute/", 400, words::nobody,
     as_text("compute", {}, "Link: </storage/" + words::nobody + ">; rel=\"" + scheme + "storage\"")},
    {"/compute/", 400, words::nobody,
     as_text("compute", {}, "Link: </network/" + words::nobody + ">; rel=\"" + scheme + "network\"")},
    {"/compute/", 400, "/elsewhere/x",
     as_text("compute", {}, "Link: </elsewhere/x>; rel=\"" + scheme + "network\"")},
    {"/compute/", 400, "is no network",
     as_text("compute", {},
             "Link: </storage/" + words::nobody + ">; category=\"" + scheme + "networkinterface\"")},
    {"/compute/", 400, "no link",
     as_text("compute", {}, "Link: </network/" + words::nobody + ">; category=\"" + scheme + "compute\"")},
    {"/compute/", 400, "source", as_text("compute", {"occi.core.source=\"/compute/x\""})},
    {"/storagelink/", 400, "occi.core.source",
     as_text("storagelink", {"occi.core.target=\"/storage/" + words::nobody + "\""})},
    {"/storagelink/", 400, "occi.core.target",
     as_text("storagelink", {"occi.core.source=\"/compute/" + words::nobody + "\""})},
    {"/storagelink/", 400, "is no storage",
     as_text("storagelink", {"occi.core.source=\"/compute/" + words::nobody + "\"",
                             "occi.core.target=\"/network/" + words::nobody + "\""})},
    {"/storagelink/", 400, "is no compute",
     as_text("storagelink", {"occi.core.source=\"/network/" + words::nobody + "\"",
                             "occi.core.target=\"/storage/" + words::nobody + "\""})},
    {"/storage/", 400, "JSON", "{"},
    {"/storage/", 400, "kind", "{}"},
    {"/storage/", 400, "empty", R"({"resources":[]})"},
    {"/storage/", 400, "twice", R"({"kind":"x","kind":"x"})"},
    // All of them or none.
    {"/storage/", 400, "occi.storage.size",
     R"({"resources":[)" + as_json("storage", "\"occi.storage.size\":1") + "," +
         as_json("storage", "\"occi.storage.size\":true") + "]}"},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_occi_creation, Fixture)

BOOST_AUTO_TEST_CASE(by_text_answers_with_the_url_alone) {
    const auto answer =
        post_text("/storage/", as_text("storage", {"occi.core.title=\"s\"", "occi.storage.size=1"}));
    BOOST_TEST(answer.status == 201);
    const auto url = answer.header("Location");
    BOOST_TEST(url == "http://127.0.0.1:" + std::to_string(client.port()) + "/storage/" + answer.id());
    BOOST_TEST(answer.body == "X-OCCI-Location: " + url);
    BOOST_TEST(answer.header("Content-Type") == "text/plain;charset=utf-8");
    const auto shown = read("/storage/" + answer.id());
    BOOST_TEST(shown["title"] == "s");
    BOOST_TEST(shown["attributes"]["occi.storage.size"] == 1.0);
}

BOOST_AUTO_TEST_CASE(by_headers_answers_with_headers) {
    const auto answer = client.send("POST", "/storage/", {},
                                    {{"Content-Type", "text/occi"},
                                     {"Accept", "text/occi"},
                                     {"Category", category("storage")},
                                     {"X-OCCI-Attribute", "occi.core.title=\"s, t\",occi.storage.size=0.1"}});
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(answer.body == "OK");
    BOOST_TEST(answer.header("X-OCCI-Location") == answer.header("Location"));
    BOOST_TEST(read("/storage/" + answer.id())["title"] == "s, t");
}

BOOST_AUTO_TEST_CASE(by_json_answers_with_the_entity) {
    const auto answer =
        post("/network/", as_json("network", "\"occi.network.address\":\"10.7.0.0/24\"", R"(,"title":"n")"),
             "application/occi+json", "application/occi+json");
    BOOST_TEST(answer.status == 201);
    const auto made = json::parse(answer.body);
    BOOST_TEST(made["id"] == "urn:uuid:" + answer.id());
    BOOST_TEST(made["attributes"]["occi.network.address"] == "10.7.0.0/24");
    BOOST_TEST(made["title"] == "n");
}

BOOST_AUTO_TEST_CASE(answers_with_a_list_of_urls_when_that_is_asked_for) {
    const auto answer = post("/storage/", storage, "text/plain", "text/uri-list");
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(answer.body == answer.header("Location"));
}

BOOST_AUTO_TEST_CASE(of_a_compute_without_anything_has_a_network_and_runs) {
    const auto answer = post_text("/compute/", as_text("compute", {}));
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(is_active(answer.id()));
    BOOST_TEST(read("/compute/" + answer.id())["links"].size() == 1U);
}

BOOST_AUTO_TEST_CASE(of_a_compute_takes_templates_and_links) {
    const auto image = agent.image("Debian 12 (cloud)"), network = agent.network();
    const auto answer = post_text(
        "/compute/",
        as_text(
            "compute",
            {"occi.core.title=\"web\"", "occi.core.id=\"mine\"", "occi.compute.state=\"inactive\""},
            "Category: " +
                category("medium", read("/-/")["mixins"].dump().find("template/1.1#") != std::string::npos
                                       ? "http://schemas.ogf.org/occi/infrastructure/compute/template/1.1#"
                                       : "urn:occi-agent:instance_type#") +
                "\nCategory: " + category("debian-12-cloud", "urn:occi-agent:os_tpl#") +
                "\nLink: </network/" + network + ">; rel=\"" + scheme +
                "network\"; self=\"/networkinterface/x\"; category=\"" + scheme +
                "networkinterface\"; occi.core.source=\"/compute/mine\"; "
                "occi.networkinterface.interface=\"eth0\""));
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(is_active(answer.id()));
    const auto shown = read("/compute/" + answer.id());
    BOOST_TEST(shown["title"] == "web");
    BOOST_TEST(shown["links"].size() == 2U);
    BOOST_TEST(shown["links"][0]["target"]["location"] == "/storage/" + image);
    BOOST_TEST(shown["links"][0]["attributes"]["occi.storagelink.deviceid"] == "/dev/vda");
    BOOST_TEST(shown["links"][1]["target"]["location"] == "/network/" + network);
    BOOST_TEST(shown["mixins"].dump().find("urn:occi-agent:os_tpl#debian-12-cloud") != std::string::npos);
    const auto with_it =
        client.send("GET", "/mixin/os_tpl/debian-12-cloud/", {}, {{"Accept", "text/uri-list"}});
    BOOST_TEST(with_it.body == answer.header("Location"));
}

BOOST_AUTO_TEST_CASE(offers_every_image_as_a_template_and_no_empty_disk) {
    agent.image("Debian 12");
    agent.image("Debian 12");
    post_text("/storage/", storage);
    std::vector<std::string> terms;
    const auto all = read("/-/");
    for (const auto& mixin : all["mixins"])
        if (mixin["scheme"] == "urn:occi-agent:os_tpl#") terms.push_back(mixin["term"]);
    std::ranges::sort(terms);
    BOOST_TEST(terms == (std::vector<std::string>{"debian-12", "debian-12-2"}));
}

BOOST_AUTO_TEST_CASE(of_several_by_json_makes_all_of_them) {
    const auto answer = post("/storage/",
                             R"({"resources":[)" + as_json("storage", "\"occi.storage.size\":1") + "," +
                                 as_json("storage", "\"occi\":{\"storage\":{\"size\":2}}") + "]}",
                             "application/json", "text/plain");
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(count("/storage/") == 2U);
}

// Each is there only when its making has ended.
BOOST_AUTO_TEST_CASE(of_several_networks_or_links_by_json_makes_all_of_them) {
    const auto made =
        post("/network/",
             R"({"resources":[)" + network_at("10.31.0.0/24") + "," + network_at("10.32.0.0/24") + "]}",
             "application/json", "application/json");
    BOOST_TEST(made.status == 201, made.body);
    const auto shown = json::parse(made.body)["resources"];
    BOOST_REQUIRE_EQUAL(shown.size(), 2U);
    BOOST_TEST(shown[0]["attributes"]["occi.network.address"] == "10.31.0.0/24");
    BOOST_TEST(count("/network/") == 3U); // with the default one

    const auto compute = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    const auto nic = [&](const json& to) {
        return as_json("networkinterface", R"("occi.core.source":"/compute/)" + compute +
                                               R"(","occi.core.target":"/network/)" +
                                               to["attributes"]["occi.core.id"].get<std::string>() + "\"");
    };
    const auto links =
        post("/networkinterface/", R"({"links":[)" + nic(shown[0]) + "," + nic(shown[1]) + "]}",
             "application/json", "text/plain");
    BOOST_TEST(links.status == 201, links.body);
    BOOST_TEST(spec_of(compute).nics.size() == 2U);
}

struct Several {
    const char* kind;
    std::string one, other; // in JSON
};
std::ostream& operator<<(std::ostream& out, const Several& several) { return out << several.kind; }
const std::vector<Several> several{
    {"network", network_at("10.31.0.0/24"), network_at("10.32.0.0/24")},
    {"storage", as_json("storage", "\"occi.storage.size\":1"), as_json("storage", "\"occi.storage.size\":2")},
    {"compute", as_json("compute", ""), as_json("compute", "")},
};

BOOST_DATA_TEST_CASE(of_several_can_be_followed_by_who_does_not_wait,
                     data::make(several) * data::make({"application/json", "text/plain"}), batch, accept) {
    const auto pool = std::string("/") + batch.kind + "/";
    const auto answer =
        client.send("POST", pool, R"({"resources":[)" + batch.one + "," + batch.other + "]}",
                    {{"Content-Type", "application/json"}, {"Accept", accept}, {"Prefer", "respond-async"}});
    BOOST_TEST(answer.status == 202, answer.body);
    BOOST_TEST(answer.header("Preference-Applied") == "respond-async");
    const auto place = answer.header("Location");
    BOOST_REQUIRE(place.starts_with(url("/-/operations?")));
    const auto followed = json::parse(client.get(place.substr(url().size())).body)["operations"];
    BOOST_REQUIRE_EQUAL(followed.size(), 2U);
    for (const auto& operation : followed) {
        BOOST_TEST(operation["kind"] == std::string("create ") + batch.kind);
        BOOST_TEST(end_of(operation["id"]).message == "");
        const std::string id = operation["target"]["id"], href = operation["href"];
        const auto entity = pool + id;
        if (accept == std::string("text/plain"))
            BOOST_TEST(answer.body.find("X-OCCI-Location: " + url(entity)) != std::string::npos);
        else
            BOOST_TEST(answer.body.find(href) != std::string::npos);
        BOOST_TEST(client.get(entity).status == 200);
    }
    if (accept == std::string("application/json"))
        BOOST_TEST(json::parse(answer.body)["operations"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(of_several_links_begins_none_when_one_of_them_is_wrong) {
    const auto compute = agent.compute("<COMPUTE><NICS/></COMPUTE>"), image = agent.image();
    const auto disk = [&](const std::string& storage) {
        return as_json("storagelink", R"("occi.core.source":"/compute/)" + compute +
                                          R"(","occi.core.target":"/storage/)" + storage + "\"");
    };
    for (const auto& [second, status] : {std::pair{new_uuid(), 400}, {image, 409}})
        BOOST_TEST(post("/storagelink/", R"({"links":[)" + disk(image) + "," + disk(second) + "]}",
                        "application/json", "text/plain")
                       .status == status);
    BOOST_TEST(agent.client().get("/-/operations").body.find("change disks") == std::string::npos);
    BOOST_TEST(spec_of(compute).disks.empty());
}

BOOST_AUTO_TEST_CASE(of_several_links_asks_who_uses_what_as_often_as_of_each_by_itself) {
    const auto compute = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    const auto disk = [&](const std::string& storage) {
        return as_json("storagelink", R"("occi.core.source":"/compute/)" + compute +
                                          R"(","occi.core.target":"/storage/)" + storage + "\"");
    };
    const auto asked_for = [&](const std::string& body) {
        const auto before = agent.host().calls("compute.holdings");
        BOOST_TEST(post("/storagelink/", body, "application/json", "text/plain").status == 201);
        BOOST_TEST(all_has_ended());
        return agent.host().calls("compute.holdings") - before;
    };
    const auto of_one = asked_for(disk(agent.image("one")));
    const auto two = R"({"links":[)" + disk(agent.image("two")) + "," + disk(agent.image("three")) + "]}";
    BOOST_TEST(asked_for(two) == 2 * of_one);
    BOOST_TEST(spec_of(compute).disks.size() == 3U);
}

BOOST_AUTO_TEST_CASE(of_several_networks_makes_none_when_one_comes_to_nothing) {
    const auto before = count("/network/");
    const auto reserved = agent.host().network().list().size();
    agent.host().hold("network.create");
    const auto network = as_json("network", R"("occi.core.title":"n")");
    auto answer = std::async(std::launch::async, [&] {
        return post("/network/", R"({"resources":[)" + network + "," + network + "," + network + "]}",
                    "application/json", "application/json");
    });
    BOOST_REQUIRE(agent.host().wait_until_held("network.create"));
    agent.host().fail_next("network.create", Error(Fault::conflict, "no bridge is left"));
    agent.host().release("network.create");
    const auto refused = answer.get();
    BOOST_TEST(refused.status == 409, refused.body);
    BOOST_TEST(support::has(refused.body, "no bridge is left, so none of the collection was made"));
    BOOST_TEST(count("/network/") == before);
    BOOST_TEST(agent.host().network().list().size() == reserved);
    BOOST_TEST(all_has_ended());
}

BOOST_AUTO_TEST_CASE(of_several_networks_makes_none_when_one_is_refused) {
    const auto before = count("/network/");
    const auto refused =
        post("/network/",
             R"({"resources":[)" + network_at("10.31.0.0/24") + "," + network_at("10.31.0.0/24") + "]}",
             "application/json", "application/json");
    BOOST_TEST(refused.status == 409, refused.body);
    BOOST_TEST(support::has(refused.body, "overlaps"));
    BOOST_TEST(count("/network/") == before);
    BOOST_TEST(agent.host().network().list().size() == before);
}

BOOST_AUTO_TEST_CASE(at_an_id_of_the_clients_own_is_for_computes) {
    const auto put = [&](const std::string& target, const std::string& body) {
        return client.send("PUT", target, body, {{"Content-Type", "text/plain"}, {"Accept", "text/plain"}});
    };
    const auto made = put("/compute/" + words::nobody, as_text("compute", {"occi.core.title=\"mine\""}));
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.id() == words::nobody);
    BOOST_TEST(is_active(words::nobody));
    BOOST_TEST(put("/compute/mine", as_text("compute", {})).status == 400);
    BOOST_TEST(put("/storage/" + words::nobody, storage).status == 404);
}

BOOST_AUTO_TEST_CASE(with_the_same_key_makes_one) {
    const support::Headers headers{
        {"Content-Type", "text/plain"}, {"Accept", "text/plain"}, {"Idempotency-Key", "k"}};
    const auto first = client.send("POST", "/storage/", storage, headers);
    const auto second = client.send("POST", "/storage/", storage, headers);
    BOOST_TEST(first.status == 201);
    BOOST_TEST(second.status == 201);
    BOOST_TEST(second.body == first.body);
    BOOST_TEST(count("/storage/") == 1U);
}

BOOST_AUTO_TEST_CASE(by_xml_can_be_answered_in_occi) {
    const auto answer = client.send("POST", "/storage", "<DISK><NAME>a</NAME><SIZE>10</SIZE></DISK>",
                                    {{"Content-Type", "application/xml"}, {"Accept", "text/plain"}});
    BOOST_TEST(answer.status == 201);
    BOOST_TEST(answer.body == "X-OCCI-Location: " + answer.header("Location"));
}

BOOST_AUTO_TEST_CASE(by_a_document_of_occi_can_be_answered_in_xml) {
    const auto made = post("/storage", storage, "text/plain", "application/xml");
    BOOST_TEST(made.status == 201, made.body);
    BOOST_TEST(support::element(made.body, "ID") == made.id());
    const auto changed =
        client.send("PUT", "/compute/" + words::nobody, as_text("compute", {"occi.core.title=\"a\""}),
                    {{"Content-Type", "text/plain"}, {"Accept", "application/xml"}});
    BOOST_TEST(changed.status == 201, changed.body);
    BOOST_TEST(support::element(changed.body, "NAME") == "a");
    BOOST_TEST(is_active(words::nobody));
    const auto again =
        client.send("PUT", "/compute/" + words::nobody, as_text("compute", {"occi.core.title=\"b\""}),
                    {{"Content-Type", "text/plain"}, {"Accept", "application/xml"}});
    BOOST_TEST(again.status == 200, again.body);
    BOOST_TEST(support::element(again.body, "NAME") == "b");
    const auto both = post("/storage",
                           R"({"resources":[)" + as_json("storage", "\"occi.storage.size\":1") + "," +
                               as_json("storage", "\"occi.storage.size\":2") + "]}",
                           "application/occi+json", "application/xml");
    BOOST_TEST(both.status == 201, both.body);
    BOOST_TEST(both.body.starts_with("<STORAGE><DISK href=\"" + url("/storage/")), both.body);
}

BOOST_AUTO_TEST_CASE(reads_a_document_as_its_content_type_says_whatever_the_answer_is_to_be) {
    const auto answer = post("/storage", "<DISK><SIZE>1</SIZE></DISK>", "text/plain", "application/xml");
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(count("/storage/") == 0U);
}

BOOST_DATA_TEST_CASE(refuses_and_makes_nothing, data::make(refusals), refusal) {
    const auto before = counts();
    const bool is_json = refusal.body.starts_with('{');
    const auto answer = post(refusal.target, refusal.body, is_json ? "application/occi+json" : "text/plain",
                             is_json ? "application/occi+json" : "text/plain");
    BOOST_TEST_INFO(answer.body);
    BOOST_TEST(answer.status == refusal.status);
    BOOST_TEST(answer.body.find(refusal.word) != std::string::npos);
    if (is_json) BOOST_TEST(json::parse(answer.body)["code"] == refusal.status);
    BOOST_TEST(counts() == before);
    BOOST_TEST(agent.host().storage().list().empty());
}

BOOST_AUTO_TEST_CASE(refuses_types_that_it_does_not_read) {
    BOOST_TEST(post("/storage/", "size,1", "text/csv", "text/plain").status == 415);
    BOOST_TEST(post("/storage/", storage, "text/uri-list", "text/plain").status == 415);
    BOOST_TEST(post("/storage/", storage, "text/plain", "image/png").status == 406);
}

BOOST_AUTO_TEST_SUITE_END()
