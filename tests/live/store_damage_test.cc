// The agent is killed, its store is damaged in each way, and it is started again: it comes up, and shows what it showed
// before (issue 11, items 6 and 11).
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/content_of.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <csignal>
#include <fstream>
#include <sys/mount.h>

namespace {

using support::has;

namespace fs = std::filesystem;

constexpr auto marker = "sEcReT-of-a-guest-0123456789";

void overwrite(const fs::path& file, std::streamoff at, const std::string& bytes) {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(at);
    out << bytes;
}

void run(const fs::path& file, const char* sql) {
    sqlite3* raw = nullptr;
    BOOST_REQUIRE_EQUAL(sqlite3_open(file.c_str(), &raw), SQLITE_OK);
    BOOST_TEST(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(raw);
}

struct Damage {
    const char* name;
    void (*done)(const fs::path& file);
};

const Damage damages[] = {
    {"cut in half", [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }},
    {"garbage",
     [](const fs::path& file) {
         std::ofstream(file) << std::string(5000, 'x');
         std::ofstream(file.string() + "-wal") << std::string(5000, 'x');
     }},
    {"header flipped",
     [](const fs::path& file) {
         run(file, "PRAGMA wal_checkpoint(TRUNCATE)"); // the log may have that page, whole
         overwrite(file, 0, "SQLITE FORMAT 4");
     }},
    {"first page overwritten, and its log gone",
     [](const fs::path& file) {
         overwrite(file, 0, std::string(4096, '\xa5'));
         fs::remove(file.string() + "-wal");
     }},
    {"the log damaged", [](const fs::path& file) { overwrite(file.string() + "-wal", 40, "\xa5\xa5\xa5"); }},
    {"a directory in its place",
     [](const fs::path& file) {
         fs::remove(file);
         fs::create_directory(file);
     }},
    {"a missing table", [](const fs::path& file) { run(file, "DROP TABLE storage"); }},
    {"somebody else's database",
     [](const fs::path& file) {
         for (const auto* more : {"", "-wal", "-shm"}) fs::remove(file.string() + more);
         run(file, "CREATE TABLE moz_places (id)");
     }},
    {"a symbolic link in its place",
     [](const fs::path& file) {
         fs::remove(file);
         fs::create_symlink("/etc/passwd", file);
     }},
    {"one broken note", [](const fs::path& file) { run(file, "UPDATE storage SET phase = 77"); }},
    {"all of it gone", [](const fs::path& file) { fs::remove_all(file.parent_path()); }},
};

struct Fixture : live::Fixture {
    fs::path file = agent.state() / "occi-agent.sqlite";
    std::string micro = image("micro.raw");
    std::string lab = network("10.202.0.0");
    std::string blank = client.post("/storage", "<DISK><NAME>my data</NAME><SIZE>3</SIZE></DISK>").id();
    std::string machine = compute("<NAME>web</NAME><DISKS>" + live::disk(micro) + "</DISKS><NICS>" +
                                  live::nic(lab) + "</NICS>");

    Fixture() {
        if (!becomes(machine, "ACTIVE")) throw std::runtime_error("compute does not run");
        // Its name is on the disk beside it.
        for (const auto& id : {micro, blank})
            if (!support::eventually(
                    [&] { return fs::exists(fs::path(support::AgentProcess::pool) / (id + ".note")); }))
                throw std::runtime_error("storage " + id + " has no note");
    }
    std::string health() const { return client.get("/-/health").body; }
    std::string shown() const {
        std::string all;
        for (const auto& path :
             {"/compute/" + machine, "/storage/" + micro, "/storage/" + blank, "/network/" + lab})
            all += client.get(path).body + "\n";
        return all;
    }
    void remove_all() {
        remove("/compute/" + machine);
        for (const auto& path : {"/network/" + lab, "/storage/" + blank, "/storage/" + micro}) remove(path);
        BOOST_TEST(nothing_is_left());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_store_damage, Fixture)

BOOST_AUTO_TEST_CASE(starts_and_shows_what_it_showed_before) {
    const auto as_it_was = shown();
    for (const auto& damage : damages) {
        BOOST_TEST_CONTEXT(damage.name) {
            agent.end(SIGKILL);
            damage.done(file);
            agent.start();
            BOOST_TEST(support::eventually([&] { return shown() == as_it_was; }), shown());
            BOOST_TEST(has(health(), "\"degraded\""));
            BOOST_TEST(node.is_running("occi-" + machine));
            const auto id = client.post("/storage", "<DISK><NAME>new</NAME><SIZE>1</SIZE></DISK>").id();
            BOOST_TEST(!id.empty());
            remove("/storage/" + id);
            for (const auto& entry : fs::directory_iterator(agent.state()))
                if (has(entry.path().filename().string(), ".damaged-")) fs::remove_all(entry.path());
        }
    }
    live::row("store damaged in " + std::to_string(std::size(damages)) + " ways, agent killed and started",
              "starts, shows computes, storages, networks as before; health says what was kept where");
    agent.restart();
    BOOST_TEST(has(health(), "\"status\":\"ready\""), health());
    remove_all();
}

BOOST_AUTO_TEST_CASE(serves_reads_and_refuses_changes_on_a_read_only_disk) {
    const auto as_it_was = shown();
    agent.end(SIGKILL);
    const auto state = agent.state();
    BOOST_REQUIRE_EQUAL(::mount(state.c_str(), state.c_str(), nullptr, MS_BIND, nullptr), 0);
    BOOST_REQUIRE_EQUAL(::mount(nullptr, state.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr),
                        0);
    agent.start();
    BOOST_TEST(shown() == as_it_was);
    BOOST_TEST(has(health(), "Read-only file system"), health());
    const auto refused = client.remove("/compute/" + machine);
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(has(refused.body, "Read-only file system"), refused.body);
    BOOST_TEST(put(machine, "CANCEL").status == 503);
    BOOST_TEST(client.post("/storage", "<DISK><NAME>d</NAME><SIZE>1</SIZE></DISK>").status == 503);
    BOOST_TEST(node.is_running("occi-" + machine));
    agent.end();
    BOOST_REQUIRE_EQUAL(::umount(state.c_str()), 0);
    agent.start();
    BOOST_TEST(shown() == as_it_was);
    live::row("state directory on a read-only file system",
              "reads served, changes 503 with the reason, nothing changed");
    remove_all();
}

BOOST_AUTO_TEST_CASE(is_written_anew_when_it_is_removed_under_the_running_agent) {
    for (const auto& entry : fs::directory_iterator(agent.state()))
        if (entry.path().filename() != "console") fs::remove_all(entry.path());
    const auto id = client.post("/storage", "<DISK><NAME>after</NAME><SIZE>1</SIZE></DISK>").id();
    BOOST_TEST(has(health(), "removed or replaced under the running agent"), health());
    const auto as_it_was = shown();
    agent.end(SIGKILL);
    agent.start();
    BOOST_TEST(shown() == as_it_was);
    BOOST_TEST(live::element(client.get("/storage/" + id).body, "NAME") == "after");
    remove("/storage/" + id);
    remove_all();
}

BOOST_AUTO_TEST_CASE(shows_no_secret_to_who_reads_descriptions) {
    const auto answer = client.send(
        "POST", "/compute/",
        std::string(
            "Category: compute; scheme=\"http://schemas.ogf.org/occi/infrastructure#\"; class=\"kind\"\n"
            "Category: user_data; scheme=\"http://schemas.ogf.org/occi/infrastructure/compute#\"; "
            "class=\"mixin\"\n"
            "X-OCCI-Attribute: occi.compute.cores=1\nX-OCCI-Attribute: occi.compute.memory=0.0625\n"
            "X-OCCI-Attribute: occi.compute.userdata=\"#!/bin/sh ") +
            marker + "\"\n",
        {{"Content-Type", "text/plain"}, {"Accept", "text/plain"}});
    const auto id = answer.id();
    BOOST_REQUIRE_MESSAGE(!id.empty(), answer.body);
    BOOST_TEST(becomes(id, "ACTIVE"));
    const auto data_of = [&] {
        return client.send("GET", "/compute/" + id, {}, {{"Accept", "text/plain"}}).body;
    };
    BOOST_TEST(has(data_of(), marker));
    BOOST_TEST(!has(node.xml_of("occi-" + id), marker));
    BOOST_TEST(!has(node.definition_of("occi-" + id), marker));
    BOOST_TEST(put(id, "STOPPED").status == 202);
    BOOST_TEST(becomes(id, "STOPPED"));
    const auto saved = "/var/lib/libvirt/qemu/save/occi-" + id + ".save";
    BOOST_TEST(fs::exists(saved));
    BOOST_TEST(!has(support::content_of(saved), marker));
    BOOST_TEST(!has(agent.log(), marker));
    remove("/compute/" + id);
    for (const auto& entry : fs::recursive_directory_iterator(agent.state()))
        if (entry.is_regular_file())
            BOOST_TEST(!has(support::content_of(entry.path()), marker), entry.path());
    remove_all();
}

// Nobody would show them, or ever remove them.
BOOST_AUTO_TEST_CASE(shows_the_disks_of_a_machine_that_is_lost_as_well) {
    node.destroy("occi-" + machine);
    node.undefine("occi-" + machine);
    const auto storages = [&] {
        const auto list = client.get("/storage").body;
        std::set<std::string> all;
        for (auto at = list.find("/storage/"); at != list.npos; at = list.find("/storage/", at + 1))
            all.insert(list.substr(at + 9, 36));
        return all;
    };
    const auto known = storages();
    agent.end(SIGKILL);
    fs::remove_all(file.parent_path());
    agent.start();
    BOOST_REQUIRE(support::eventually([&] { return storages().size() == known.size() + 1; }));
    auto after = storages();
    for (const auto& id : known) after.erase(id);
    BOOST_TEST(client.remove("/storage/" + micro).status == 409);
    remove("/storage/" + *after.begin());
    for (const auto& path : {"/network/" + lab, "/storage/" + blank, "/storage/" + micro}) remove(path);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
