// What lies in the pool beside the volumes, as a client sees it.
#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

using nlohmann::json;

namespace {

constexpr std::size_t mebibyte = 1 << 20;

struct Fixture : wire::Fixture {
    void put(const std::string& name, const std::string& content) {
        hv::Stray stray;
        stray.name = name;
        stray.bytes = stray.allocated = content.size();
        agent.host().put_stray(stray, content);
    }
    json all() const { return json::parse(client.get("/-/orphans").body)["orphans"]; }
    json only() const {
        const auto found = all();
        BOOST_TEST_REQUIRE(found.size() == 1U, found.dump());
        return found[0];
    }
    std::string path() const { return "/-/orphans/" + only()["id"].get<std::string>(); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_orphans, Fixture)

BOOST_AUTO_TEST_CASE(are_shown_with_their_reason) {
    BOOST_TEST(all().empty());
    put("a & b.raw", std::string(mebibyte, 'x'));
    const auto orphan = only();
    BOOST_TEST(orphan["name"] == "a & b.raw");
    BOOST_TEST(orphan["size"] == mebibyte);
    BOOST_TEST(orphan["format"] == "raw");
    BOOST_TEST(orphan["reason"] == "it was not made by the agent, and no machine uses it");
    const auto shown = client.get(path());
    BOOST_TEST(shown.status == 200);
    BOOST_TEST(json::parse(shown.body) == orphan);
    for (const auto* method : {"GET", "DELETE", "POST"})
        BOOST_TEST(
            client.send(method, "/-/orphans/" + new_uuid() + (*method == 'P' ? "?action=adopt" : ""), "", {})
                .status == 404);
}

BOOST_AUTO_TEST_CASE(go_when_an_administrator_says_so) {
    put("left", "1");
    const auto at = path();
    BOOST_TEST(client.send("DELETE", at, "", {}).status == 204);
    BOOST_TEST(client.send("DELETE", at, "", {}).status == 404);
    BOOST_TEST(all().empty());
}

BOOST_AUTO_TEST_CASE(become_storages_of_who_adopts_them) {
    put("disk.raw", std::string(mebibyte, 'x'));
    const auto answer = client.send("POST", path() + "?action=adopt", "", {});
    BOOST_TEST(answer.status == 202);
    BOOST_TEST(answer.header("Location").find("/-/operations/") != std::string::npos);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(all().empty());
    const auto storage = json::parse(answer.body)["storage"].get<std::string>();
    const auto entry = client.get(storage.substr(storage.find("/storage/")));
    BOOST_TEST(entry.status == 200);
    BOOST_TEST(entry.body.find("<NAME>disk.raw</NAME>") != std::string::npos);
    BOOST_TEST(agent.host().storage().find(storage.substr(storage.rfind('/') + 1)).value().bytes == mebibyte);
}

BOOST_AUTO_TEST_CASE(are_adopted_once_and_not_removed_meanwhile) {
    put("disk.raw", std::string(mebibyte, 'x'));
    const auto at = path();
    agent.host().hold("storage.import");
    BOOST_TEST(client.send("POST", at + "?action=adopt", "", {}).status == 202);
    const auto storages = client.get("/storage").body;
    for (const auto& [method, url] : {std::pair{"POST", at + "?action=adopt"}, std::pair{"DELETE", at}}) {
        const auto refused = client.send(method, url, "", {});
        BOOST_TEST(refused.status == 409);
        BOOST_TEST(refused.body.find("being adopted already") != std::string::npos, refused.body);
    }
    BOOST_TEST(client.get("/storage").body == storages);
    agent.host().release("storage.import");
    BOOST_TEST(all_has_ended());
    BOOST_TEST(all().empty());
}

BOOST_AUTO_TEST_CASE(are_left_alone_when_they_are_no_images_or_nothing_is_said) {
    put("strange", "QFI\xfb and nothing more");
    BOOST_TEST(client.send("POST", path() + "?action=adopt", "", {}).status == 400);
    BOOST_TEST(client.send("POST", path(), "", {}).status == 400);
    BOOST_TEST(client.send("POST", path() + "?action=remove", "", {}).status == 400);
    BOOST_TEST(all().size() == 1U);
}

BOOST_AUTO_TEST_CASE(are_not_adopted_by_who_asks_for_something_else) {
    put("disk.raw", std::string(mebibyte, 'x'));
    const std::string category = "; scheme=\"urn:occi-agent:orphan/action#\"; class=\"action\"";
    const struct {
        int status;
        const char* named;
        std::string body;
        support::Headers headers;
    } rows[]{
        {400, "remove", "", {{"Category", "remove" + category}}},
        {400, "remove", "", {{"Category", "remove" + category}, {"Content-Type", "application/occi+json"}}},
        {400, "remove", "", {{"Category", "adopt" + category}, {"Category", "remove" + category}}},
        {400, "remove", "Category: remove" + category, {{"Content-Type", "text/plain"}}},
        {400,
         "remove",
         R"({"action":"urn:occi-agent:orphan/action#remove"})",
         {{"Content-Type", "application/json"}}},
        {400,
         "format",
         "Category: adopt" + category + "\nX-OCCI-Attribute: format=\"raw\"",
         {{"Content-Type", "text/plain"}}},
        {400, "as disk", "as disk", {{"Content-Type", "text/occi"}}},
        {400,
         "format",
         R"({"action":"urn:occi-agent:orphan/action#adopt","attributes":{"format":"raw"}})",
         {{"Content-Type", "application/json"}}},
        {400, "as disk", "as disk", {}},
        {400, "\"Name\"", "Name: disk", {}},
        {400, "\"action\"", R"({"name":"disk"})", {{"Content-Type", "application/json"}}},
        {415, "application/xml", "<DISK><NAME>disk</NAME></DISK>", {{"Content-Type", "application/xml"}}},
        {415, "x-www-form-urlencoded", "name=disk", {{"Content-Type", "application/x-www-form-urlencoded"}}},
    };
    for (const auto& row : rows) {
        const auto refused = client.send("POST", path() + "?action=adopt", row.body, row.headers);
        BOOST_TEST(refused.status == row.status, row.body << ": " << refused.status);
        BOOST_TEST(refused.body.find(row.named) != refused.body.npos, row.body << ": " << refused.body);
    }
    BOOST_TEST(client.get("/storage").body == "<STORAGE/>");
}

BOOST_AUTO_TEST_CASE(are_adopted_by_who_says_so_in_the_words_of_occi) {
    const std::string category =
        "Category: adopt; scheme=\"urn:occi-agent:orphan/action#\"; class=\"action\"";
    const std::pair<const char*, std::string> documents[]{
        {"text/plain", category},
        {"application/occi+json", R"({"action":"urn:occi-agent:orphan/action#adopt"})"},
        {"application/x-www-form-urlencoded", ""}};
    for (const auto& [type, document] : documents) {
        put("disk.raw", std::string(mebibyte, 'x'));
        const auto answer = client.send("POST", path() + "?action=adopt", document, {{"Content-Type", type}});
        BOOST_TEST(answer.status == 202, type << ": " << answer.body);
        BOOST_TEST(all_has_ended());
    }
}

// What a guest has written on its disk does not make it something else.
BOOST_AUTO_TEST_CASE(keep_the_format_of_their_name) {
    std::string header("QFI\xfb\0\0\0\2", 8);
    header.resize(mebibyte);
    put("guests.raw", header);
    const auto answer = client.send("POST", path() + "?action=adopt", "", {});
    BOOST_TEST(answer.status == 202, answer.body);
    BOOST_TEST(all_has_ended());
    const auto storage = json::parse(answer.body)["storage"].get<std::string>();
    const auto volume = agent.host().storage().find(storage.substr(storage.rfind('/') + 1)).value();
    BOOST_TEST((volume.format == hv::Format::raw));
    BOOST_TEST(volume.bytes == mebibyte);

    put("others.qcow2", std::string(mebibyte, 'x'));
    BOOST_TEST(only()["format"] == "qcow2");
    const auto refused = client.send("POST", path() + "?action=adopt", "", {});
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(refused.body.find("is qcow2 by its name and raw by its bytes") != std::string::npos,
               refused.body);
}

BOOST_AUTO_TEST_CASE(are_none_while_a_machine_has_them) {
    const auto image = agent.image("an image");
    const auto compute =
        agent.compute("<COMPUTE><DISKS><DISK image=\"" + image + "\"/></DISKS><NICS/></COMPUTE>");
    const auto machine = agent.host().compute().find(compute).value();
    hv::Stray stray;
    stray.name = "in-use";
    stray.path = machine.spec.disks.front().layers.front().path;
    agent.host().put_stray(stray);
    BOOST_TEST(all().empty());
}

BOOST_AUTO_TEST_SUITE_END()
