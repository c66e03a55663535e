// The agent's own store is lost, damaged, of a newer agent, or taken away while the agent runs (issue 11, items 6 and
// 11).
#define BOOST_TEST_DYN_LINK
#include "agent/service/context.hh"
#include "tests/support/content_of.hh"
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <regex>

namespace {

namespace fs = std::filesystem;

constexpr auto marker = "sEcReT-of-a-guest-0123456789";

struct Fixture : wire::Fixture {
    fs::path state = fs::path(agent.context().database.path()).parent_path();

    bool complains(const std::string& words) {
        const auto seen = health();
        return seen["status"] == "degraded" && seen["reasons"].dump().find(words) != std::string::npos;
    }
    // Text of all notes beside the volumes.
    std::string notes() {
        std::string all;
        for (const auto& [id, text] : agent.host().notes().list()) all += id + " " + text + "\n";
        return all;
    }
    bool are_noted(std::initializer_list<std::string> words) {
        return support::eventually([&] {
            const auto all = notes();
            return std::ranges::all_of(words,
                                       [&](const std::string& each) { return all.find(each) != all.npos; });
        });
    }
    // Without the port, which is another one after each start.
    std::string body(const std::string& path) {
        static const std::regex port("127\\.0\\.0\\.1:[0-9]+");
        return std::regex_replace(client.get(path).body, port, "here");
    }
    bool comes_to_be(const std::string& path, const std::string& as_it_was) {
        return support::eventually([&] { return body(path) == as_it_was; });
    }
    std::string value(const std::string& path, const std::string& name) {
        const auto text = client.send("GET", path, {}, {{"Accept", "text/plain"}}).body;
        const auto begin = text.find("X-OCCI-Attribute: " + name + "=");
        return begin == text.npos ? "" : text.substr(begin, text.find('\n', begin) - begin);
    }
    std::string compute_with_secrets() {
        const auto answer = client.send(
            "POST", "/compute/",
            words::kind("compute") +
                words::mixin("user_data", "http://schemas.ogf.org/occi/infrastructure/compute#") +
                words::mixin("ssh_key", "http://schemas.ogf.org/occi/infrastructure/credentials#") +
                words::attribute("occi.core.title=\"keeper\"") + words::attribute("occi.compute.cores=1") +
                words::attribute("occi.compute.memory=1.0") +
                words::attribute("occi.compute.userdata=\"#!/bin/sh " + std::string(marker) + "\"") +
                words::attribute("occi.credentials.ssh.publickey=\"ssh-ed25519 " + std::string(marker) +
                                 "-key\""),
            {{"Content-Type", "text/plain"}, {"Accept", "text/plain"}, {"Idempotency-Key", "secrets"}});
        const auto id = answer.id();
        BOOST_REQUIRE_MESSAGE(answer.status == 201 && agent.becomes(id, "ACTIVE"), answer.body);
        return id;
    }
    std::vector<std::string> files_with(const std::string& words) {
        std::vector<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator(state)) {
            if (support::has(support::content_of(entry.path()), words))
                found.push_back(entry.path().filename().string());
        }
        return found;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_store_loss, Fixture)

BOOST_AUTO_TEST_CASE(rebuilds_names_and_owners_when_all_of_it_is_gone) {
    const auto image = agent.image("debian"), network = agent.network("10.7.0.0");
    const auto blank = client.post("/storage", "<DISK><NAME>my data</NAME><SIZE>3</SIZE></DISK>").id();
    const auto machine = agent.compute("<COMPUTE><NAME>web</NAME><DISKS><DISK image=\"" + image +
                                       "\"/><SWAP size=\"2\"/></DISKS></COMPUTE>");
    BOOST_REQUIRE(client
                      .send("POST", "/-/",
                            "Category: mine; scheme=\"http://example.org/mine#\"; class=\"mixin\"; "
                            "location=\"/mine/\"",
                            {{"Content-Type", "text/plain"}})
                      .status < 300);
    BOOST_REQUIRE(are_noted({"debian", "my data", network, "example.org/mine", machine}));
    const auto storages = body("/storage"), networks = body("/network");
    const auto shown = body("/storage/" + image), shown_blank = body("/storage/" + blank),
               shown_network = body("/network/" + network);

    agent.restart_after([&] {
        for (const auto& entry : fs::directory_iterator(state)) fs::remove_all(entry.path());
    });

    BOOST_TEST(comes_to_be("/storage", storages));
    BOOST_TEST(comes_to_be("/network", networks));
    BOOST_TEST(comes_to_be("/storage/" + image, shown));
    BOOST_TEST(comes_to_be("/storage/" + blank, shown_blank));
    BOOST_TEST(comes_to_be("/network/" + network, shown_network));
    BOOST_TEST(support::element(client.get("/compute/" + machine).body, "NAME") == "web");
    BOOST_TEST(client.send("GET", "/-/", {}, {{"Accept", "text/plain"}}).body.find("example.org/mine") !=
               std::string::npos);
    BOOST_TEST(complains("rebuilt from libvirt and the pool"));
    BOOST_TEST(complains("2 storages"));
    agent.restart();
    BOOST_TEST(health()["status"] == "ready");
    BOOST_TEST(comes_to_be("/storage", storages));
}

// Nothing else would show it, or let it be removed.
BOOST_AUTO_TEST_CASE(makes_a_storage_of_what_belongs_to_a_machine_that_is_gone_as_well) {
    const auto machine = agent.compute("<COMPUTE><DISKS><SWAP size=\"2\"/></DISKS><NICS/></COMPUTE>");
    BOOST_REQUIRE(are_noted({machine}));
    agent.restart_after([&] {
        agent.host().vanish(machine);
        fs::remove_all(state);
    });
    std::string disk;
    BOOST_REQUIRE(support::eventually([&] {
        const auto list = client.get("/storage").body;
        const auto at = list.find("/storage/");
        if (at != list.npos) disk = list.substr(at, 9 + 36);
        return !disk.empty();
    }));
    BOOST_TEST(client.remove(disk).status == 204);
    BOOST_TEST(client.get("/storage").body.find("<DISK") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(drops_the_note_with_the_thing) {
    const auto id = client.post("/storage", "<DISK><NAME>short lived</NAME><SIZE>3</SIZE></DISK>").id();
    BOOST_REQUIRE(are_noted({"short lived"}));
    BOOST_TEST(support::eventually([&] { return client.remove("/storage/" + id).status == 204; }));
    BOOST_TEST(support::eventually([&] { return notes().find(id) == std::string::npos; }));
}

BOOST_AUTO_TEST_CASE(believes_no_note_that_is_not_as_we_write_them) {
    const auto id = client.post("/storage", "<DISK><NAME>plain</NAME><SIZE>3</SIZE></DISK>").id();
    BOOST_REQUIRE(are_noted({"plain"}));
    agent.restart_after([&] {
        using enum hv::Notes::Durable;
        agent.host().notes().keep(id, "<storage id=\"" + id + "\" owner=\"a&#10;b\" title=\"t\"", no);
        agent.host().notes().keep(new_uuid(), "<mixin id=\"x\"/>", no);
        agent.host().notes().keep(new_uuid(), "<storage id=\"" + id + "\"/>", no);
        fs::remove_all(state);
    });
    BOOST_TEST(support::eventually([&] { return client.get("/storage/" + id).status == 200; }));
    BOOST_TEST(support::eventually([&] { return complains("1 without name and owner"); }));
}

BOOST_AUTO_TEST_CASE(serves_reads_and_refuses_changes_with_the_store_of_a_newer_agent) {
    const auto image = agent.image("debian");
    const auto machine = agent.compute("<COMPUTE><NAME>web</NAME><NICS/></COMPUTE>");
    const auto shown = body("/storage/" + image);
    agent.restart_after([&] {
        std::fstream file(state / "occi-agent.sqlite", std::ios::in | std::ios::out | std::ios::binary);
        constexpr int user_version = 60; // in SQLite's header
        file.seekp(user_version);
        file << std::string("\0\0\0\x63", 4);
    });
    BOOST_TEST(comes_to_be("/storage/" + image, shown));
    BOOST_TEST(agent.state_of(machine) == "ACTIVE");
    BOOST_TEST(complains("newer agent"));
    for (const auto& [pool, document] : {std::pair{"/compute", "<COMPUTE><NICS/></COMPUTE>"},
                                         {"/network", "<NETWORK><NAME>n</NAME></NETWORK>"},
                                         {"/storage", "<DISK><NAME>d</NAME><SIZE>1</SIZE></DISK>"}}) {
        const auto before = client.get(pool).body;
        const auto refused = client.post(pool, document);
        BOOST_TEST(refused.status == 503);
        BOOST_TEST(refused.body.find("newer agent") != std::string::npos, refused.body);
        BOOST_TEST(client.get(pool).body == before);
    }
    BOOST_TEST(client.put("/compute/" + machine, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>").status == 503);
    BOOST_TEST(client.put("/compute/" + machine, "<COMPUTE><NAME>other</NAME></COMPUTE>").status == 503);
    for (const auto& path : {"/compute/" + machine, "/storage/" + image}) {
        BOOST_TEST(client.remove(path).status == 503);
        BOOST_TEST(client.get(path).status == 200);
    }
    BOOST_TEST(
        client
            .send("POST", "/-/",
                  "Category: mine; scheme=\"http://example.org/mine#\"; class=\"mixin\"; location=\"/mine/\"",
                  {{"Content-Type", "text/plain"}})
            .status == 503);
}

BOOST_AUTO_TEST_CASE(loses_no_record_when_its_directory_is_emptied_while_it_runs) {
    const auto before = client.post("/storage", "<DISK><NAME>before</NAME><SIZE>3</SIZE></DISK>").id();
    for (const auto& entry : fs::directory_iterator(state)) fs::remove_all(entry.path());
    const auto after = client.post("/storage", "<DISK><NAME>after</NAME><SIZE>3</SIZE></DISK>").id();
    BOOST_TEST(complains("removed or replaced under the running agent"));
    agent.restart();
    for (const auto& [id, name] : {std::pair{before, "before"}, {after, "after"}})
        BOOST_TEST(support::element(client.get("/storage/" + id).body, "NAME") == name);
    BOOST_TEST(client.get("/-/operations").body.find(before) != std::string::npos);
}

// ---- secrets -------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(keeps_secrets_in_the_store_alone_and_takes_them_with_the_compute) {
    const auto id = compute_with_secrets();
    const auto machine = agent.host().compute().find(id);
    BOOST_REQUIRE(machine.has_value());
    for (const auto& [name, value] : machine->spec.notes)
        BOOST_TEST(value.find(marker) == std::string::npos, name);
    BOOST_TEST(notes().find(marker) == std::string::npos);
    BOOST_TEST(value("/compute/" + id, "occi.compute.userdata").find(marker) != std::string::npos);
    agent.restart();
    BOOST_TEST(value("/compute/" + id, "occi.compute.userdata").find(marker) != std::string::npos);
    BOOST_TEST(value("/compute/" + id, "occi.credentials.ssh.publickey").find(marker) != std::string::npos);
    BOOST_TEST(!files_with(marker).empty());

    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    for (const auto& file : files_with(marker)) BOOST_ERROR(file + " still has it");
    BOOST_TEST(client.get("/-/operations").body.find(marker) == std::string::npos);
    BOOST_TEST(client.get("/-/events?since=0").body.find(marker) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(leaves_nothing_of_a_key_that_was_replaced) {
    const auto id = compute_with_secrets();
    const auto answer =
        client.send("POST", "/compute/" + id,
                    "Category: ssh_key; scheme=\"http://schemas.ogf.org/occi/infrastructure/credentials#\"; "
                    "class=\"mixin\"\n"
                    "X-OCCI-Attribute: occi.credentials.ssh.publickey=\"ssh-ed25519 another\"\n",
                    {{"Content-Type", "text/plain"}});
    BOOST_TEST(answer.status < 300, answer.body);
    BOOST_TEST(support::eventually([&] {
        return value("/compute/" + id, "occi.credentials.ssh.publickey").find("another") != std::string::npos;
    }));
    const auto machine = agent.host().compute().find(id);
    for (const auto& [name, value] : machine->spec.notes)
        BOOST_TEST(value.find("another") == std::string::npos, name);
    for (const auto& file : files_with(std::string(marker) + "-key")) BOOST_ERROR(file + " still has it");
    BOOST_TEST(value("/compute/" + id, "occi.compute.userdata").find(marker) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(takes_secrets_out_of_the_descriptions_of_an_earlier_release) {
    const auto id = agent.compute("<COMPUTE><NAME>old</NAME><NICS/></COMPUTE>");
    agent.restart_after([&] {
        auto spec = agent.host().compute().find(id)->spec;
        spec.notes["user_data"] = marker;
        agent.host().compute().revise(id, spec);
    });
    BOOST_TEST(support::eventually(
        [&] { return !agent.host().compute().find(id)->spec.notes.contains("user_data"); }));
    BOOST_TEST(value("/compute/" + id, "occi.compute.userdata").find(marker) != std::string::npos);
    agent.restart();
    BOOST_TEST(value("/compute/" + id, "occi.compute.userdata").find(marker) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(says_that_secrets_went_with_the_store) {
    const auto id = compute_with_secrets();
    agent.restart_after([&] { fs::remove_all(state); });
    BOOST_TEST(value("/compute/" + id, "occi.compute.userdata") == "");
    BOOST_TEST(value("/compute/" + id, "occi.compute.state.message").find("user data went with") !=
               std::string::npos);
    BOOST_TEST(client.get("/compute/" + id).body.find("user data went with") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
