// Snapshots that others make with virsh: the chain that libvirt shows is what is copied, grown and removed.
#define BOOST_TEST_DYN_LINK
#include "agent/base/process.hh"
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/eventually.hh"
#include "tests/support/words.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

const fs::path pool = support::AgentProcess::pool;

std::string run(const std::string& program, const std::vector<std::string>& arguments) {
    const auto result = process::run("/usr/bin/" + program, arguments, std::chrono::seconds(60));
    BOOST_TEST(result.status == 0, program + ": " + result.output);
    return result.output;
}

struct Fixture : live::Fixture {
    std::string original = image("micro.raw");

    std::string machine() {
        auto id = compute("<DISKS>" + live::disk(original) + "</DISKS><NICS/>");
        BOOST_TEST_REQUIRE(says(id, "MICRO: UP"));
        BOOST_TEST(all_has_ended());
        return id;
    }
    // As virsh snapshot-create-as --disk-only does it; the new file of that disk.
    std::string snapshot(const std::string& compute, const std::string& name,
                         const std::string& target = "vda", const fs::path& file = {}) {
        const Handle<virDomain, virDomainFree> domain(
            virDomainLookupByName(node.connection(), ("occi-" + compute).c_str()));
        const auto disks = file.empty() ? std::string()
                                        : "<disks><disk name='" + target + "'><source file='" +
                                              file.string() + "'/></disk></disks>";
        const auto xml = "<domainsnapshot><name>" + name + "</name>" + disks + "</domainsnapshot>";
        const Handle<virDomainSnapshot, virDomainSnapshotFree> made(
            virDomainSnapshotCreateXML(domain.get(), xml.c_str(), VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY));
        BOOST_TEST_REQUIRE(made != nullptr);
        if (!file.empty()) return file;
        const auto document = node.definition_of("occi-" + compute);
        const auto ending = "." + name + "'";
        auto end = document.find(ending);
        const auto at = document.find("dev='" + target + "'");
        for (auto next = end; next != document.npos && next < at; next = document.find(ending, next + 1))
            end = next;
        BOOST_TEST_REQUIRE(end != document.npos);
        const auto begin = document.rfind('\'', end - 1) + 1;
        return document.substr(begin, end + ending.size() - 1 - begin);
    }
    void undefine(const std::string& compute) const {
        const Handle<virDomain, virDomainFree> domain(
            virDomainLookupByName(node.connection(), ("occi-" + compute).c_str()));
        BOOST_TEST(virDomainUndefineFlags(domain.get(), VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA) == 0);
        BOOST_TEST(becomes(compute, "FAILED"));
    }
    // As a guest would, which has written since.
    static void write(const std::string& file, const std::string& pattern) {
        run("qemu-io", {"-f", "qcow2", "-c", "write -P " + pattern + " 512k 64k", file});
    }
    static bool has_written(const std::string& storage, const std::string& pattern) {
        for (const std::string format : {"raw", "qcow2"}) {
            const auto path = pool / (storage + "." + format);
            if (!fs::exists(path)) continue;
            const auto result =
                process::run("/usr/bin/qemu-io",
                             {"-r", "-f", format, "-c", "read -P " + pattern + " 512k 64k", path.string()},
                             std::chrono::seconds(60));
            BOOST_TEST_MESSAGE(result.output);
            return result.status == 0 &&
                   result.output.find("Pattern verification failed") == std::string::npos;
        }
        return false;
    }
    std::string save(const std::string& compute, const std::string& name) {
        const auto answer =
            act_to_the_end("/compute/" + compute, "save",
                           words::attribute("method=\"hot\"") + words::attribute("name=\"" + name + "\""));
        BOOST_TEST(answer.status == 200, answer.body);
        return titled(name, "/storage/");
    }
    json orphans() const { return json::parse(client.get("/-/orphans").body)["orphans"]; }
    json only_orphan() const {
        const auto all = orphans();
        BOOST_TEST_REQUIRE(all.size() == 1U, all.dump());
        return all[0];
    }
    std::string adopt(const json& orphan) {
        const auto answer =
            client.send("POST", "/-/orphans/" + orphan["id"].get<std::string>() + "?action=adopt", "", {});
        BOOST_TEST(answer.status == 202, answer.body);
        BOOST_TEST(all_has_ended());
        return titled(orphan["name"], "/storage/");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_snapshot_by_hand, Fixture)

BOOST_AUTO_TEST_CASE(what_was_written_since_is_saved_and_goes_with_the_machine) {
    const auto id = machine();
    snapshot(id, "running");
    go(id, "CANCEL", "STOPPED");
    const auto top = snapshot(id, "resting");
    BOOST_TEST(fs::path(top).parent_path() == pool);
    write(top, "0x5a");
    const auto cold = save(id, "cold");
    BOOST_TEST(has_written(cold, "0x5a"));
    go(id, "RESUME", "ACTIVE");
    const auto hot = save(id, "hot");
    BOOST_TEST(has_written(hot, "0x5a"));
    BOOST_TEST(orphans().empty());
    for (const auto& path : {"/compute/" + id, "/storage/" + cold, "/storage/" + hot, "/storage/" + original})
        remove(path);
    BOOST_TEST(orphans().empty());
    live::row("two snapshots made by virsh, and the guest writes on",
              "saved in memory and off with what was written since; DELETE takes the overlays along");
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(on_top_of_a_storage_stays_and_can_be_adopted) {
    const auto id = machine();
    const auto blank = client.post("/storage", "<DISK><NAME>data</NAME><SIZE>4</SIZE></DISK>");
    BOOST_TEST(all_has_ended());
    const auto link = client.send(
        "POST", "/storagelink/",
        R"({"kind":"http://schemas.ogf.org/occi/infrastructure#storagelink","source":{"location":"/compute/)" +
            id + R"("},"target":{"location":"/storage/)" + blank.id() + "\"}}",
        {{"Content-Type", "application/occi+json"}});
    BOOST_TEST(link.status == 201, link.body);
    BOOST_TEST(all_has_ended());
    go(id, "CANCEL", "STOPPED");
    const auto top = snapshot(id, "mine", "vdb");
    write(top, "0x77");
    const auto pulled = client.send("DELETE", "/storagelink/" + link.id(), {}, {{"Accept", "text/plain"}});
    BOOST_TEST(pulled.status == 409, pulled.body);
    BOOST_TEST(pulled.body.find("merge it first") != std::string::npos);
    BOOST_TEST(all_has_ended());
    remove("/compute/" + id);
    const auto orphan = only_orphan();
    BOOST_TEST(orphan["name"] == fs::path(top).filename().string());
    BOOST_TEST(orphan["size"] == 4U << 20);
    BOOST_TEST(orphan["reason"].get<std::string>().find(blank.id()) != std::string::npos);
    const auto adopted = adopt(orphan);
    BOOST_TEST(has_written(adopted, "0x77"));
    BOOST_TEST(orphans().empty());
    for (const auto& each : {adopted, blank.id(), original}) remove("/storage/" + each);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(what_others_put_into_the_pool_is_listed_adopted_and_removed) {
    const auto put_there = [](const std::string& name, const std::string& bytes) {
        std::ofstream(pool / name, std::ios::binary) << bytes;
    };
    put_there("notes.txt", "somebody's");
    auto orphan = only_orphan();
    BOOST_TEST(orphan["name"] == "notes.txt");
    BOOST_TEST(orphan["size"] == 10U);
    BOOST_TEST(orphan["format"] == "raw");
    const auto href = "/-/orphans/" + orphan["id"].get<std::string>();
    BOOST_TEST(client.send("DELETE", href, {}, {}).status == 204);
    BOOST_TEST(client.send("DELETE", href, {}, {}).status == 404);
    BOOST_TEST(!fs::exists(pool / "notes.txt"));

    put_there("disk.raw", std::string(1 << 20, 'd'));
    const auto adopted = adopt(only_orphan());
    BOOST_TEST(fs::file_size(pool / (adopted + ".raw")) == 1U << 20);
    BOOST_TEST(orphans().empty());

    // Foreign bytes that lead elsewhere become nothing.
    run("qemu-img", {"create", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b", "/etc/hostname",
                     (pool / "bad.qcow2").string(), "1M"});
    orphan = only_orphan();
    const auto bad = "/-/orphans/" + orphan["id"].get<std::string>();
    BOOST_TEST(client.send("POST", bad + "?action=adopt", "", {}).status == 400);
    BOOST_TEST(client.send("POST", bad, "", {}).status == 400);
    BOOST_TEST(client.send("DELETE", bad, {}, {}).status == 204);
    for (const auto& each : {adopted, original}) remove("/storage/" + each);
    BOOST_TEST(nothing_is_left());
}

// What a machine that others have undefined had is known, and what other files say of themselves is not believed.
BOOST_AUTO_TEST_CASE(of_an_undefined_machine_is_nobodys_but_its_own) {
    const auto id = machine();
    go(id, "CANCEL", "STOPPED");
    const auto volume = fs::path(snapshot(id, "mine")).stem().string();
    const auto top = pool / (volume + ".mine");
    write(top, "0x5a");
    undefine(id);
    const auto orphan = only_orphan();
    BOOST_TEST(orphan["name"] == top.filename().string());
    const auto href = "/-/orphans/" + orphan["id"].get<std::string>();
    BOOST_TEST(client.send("DELETE", href, {}, {}).status == 409);
    BOOST_TEST(client.send("POST", href + "?action=adopt", "", {}).status == 409);

    run("qemu-img", {"create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", top.string(),
                     (pool / "copy.qcow2").string(), "4M"});
    std::string bytes(1 << 20, 'x');
    std::ifstream(pool / "copy.qcow2", std::ios::binary).read(bytes.data(), 4096);
    std::ofstream(pool / "disk.img", std::ios::binary) << bytes; // as a guest may have written it
    go(id, "RESUME", "ACTIVE");
    BOOST_TEST(node.definition_of("occi-" + id).find(top.string()) != std::string::npos);
    BOOST_TEST(node.definition_of("occi-" + id).find("copy.qcow2") == std::string::npos);
    remove("/compute/" + id);
    BOOST_TEST(!fs::exists(top));
    BOOST_TEST(fs::exists(pool / "copy.qcow2"));
    BOOST_TEST(fs::exists(pool / "disk.img"));
    for (const auto* name : {"copy.qcow2", "disk.img"}) fs::remove(pool / name);
    remove("/storage/" + original);
    BOOST_TEST(nothing_is_left());
}

// The overlay has a name of its own, which nobody could guess.
BOOST_AUTO_TEST_CASE(elsewhere_is_where_an_undefined_machine_starts_again) {
    const auto id = machine();
    go(id, "CANCEL", "STOPPED");
    const auto moved = pool / "moved-by-hand";
    snapshot(id, "s", "vda", moved);
    write(moved, "0x5a");
    go(id, "RESUME", "ACTIVE"); // of a snapshot libvirt tells nothing; of a start it does
    go(id, "CANCEL", "STOPPED");
    undefine(id);
    agent.restart();
    go(id, "RESUME", "ACTIVE");
    BOOST_TEST(node.definition_of("occi-" + id).find(moved.string()) != std::string::npos);
    go(id, "CANCEL", "STOPPED");
    undefine(id);
    fs::rename(moved, pool / "gone-from-there");
    BOOST_TEST(put(id, "RESUME").status == 202);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(state_of(id) == "FAILED");
    const auto told = client.get("/-/operations?limit=5").body;
    BOOST_TEST(told.find("moved-by-hand") != std::string::npos, told);
    remove("/compute/" + id);
    fs::remove(pool / "gone-from-there");
    remove("/storage/" + original);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(that_others_change_or_lie_on_is_not_adopted) {
    const auto low = pool / "low.raw", high = pool / "high.qcow2";
    std::ofstream(low, std::ios::binary) << std::string(1 << 20, 'l');
    run("qemu-img", {"create", "-q", "-f", "qcow2", "-F", "raw", "-b", low.string(), high.string()});
    for (const auto& orphan : orphans()) {
        if (orphan["name"] != "low.raw") continue;
        const auto href = "/-/orphans/" + orphan["id"].get<std::string>();
        const auto refused = client.send("DELETE", href, {}, {});
        BOOST_TEST(refused.status == 409);
        BOOST_TEST(refused.body.find("high.qcow2") != std::string::npos, refused.body);
        BOOST_TEST(client.send("POST", href + "?action=adopt", "", {}).status == 409);
    }
    BOOST_TEST(fs::exists(low));
    fs::remove(low);
    fs::remove(high);
    remove("/storage/" + original);
    BOOST_TEST(nothing_is_left());
}

// Copies that others have made of volumes, under names like ours.
BOOST_AUTO_TEST_CASE(named_like_a_volume_and_of_nobody_is_listed_adopted_and_removed) {
    const auto id = machine();
    go(id, "CANCEL", "STOPPED");
    std::string volume;
    for (const auto& entry : fs::directory_iterator(pool))
        if (entry.path().extension() == ".qcow2") volume = entry.path().stem();
    const std::string first = "aaaaaaaa-0000-4000-8000-000000000001",
                      second = "aaaaaaaa-0000-4000-8000-000000000002";
    run("qemu-img", {"create", "-q", "-f", "qcow2", "-F", "qcow2", "-b",
                     (pool / (volume + ".qcow2")).string(), (pool / (first + ".qcow2")).string()});
    write(pool / (first + ".qcow2"), "0x5a");
    fs::copy_file(pool / (volume + ".qcow2"), pool / (second + ".qcow2"));
    const auto found = [&](const std::string& name) {
        for (const auto& orphan : orphans())
            if (orphan["name"] == name + ".qcow2") return orphan;
        BOOST_TEST_REQUIRE(false, name + " is no orphan");
        return json();
    };
    BOOST_TEST(orphans().size() == 2U);
    BOOST_TEST(client.send("DELETE", "/compute/" + id).status == 409); // a copy is on top of its disk
    const auto adopted = adopt(found(first));
    BOOST_TEST(adopted != "");
    BOOST_TEST(has_written(adopted, "0x5a"));
    const auto href = "/-/orphans/" + found(second)["id"].get<std::string>();
    BOOST_TEST(client.send("DELETE", href, {}, {}).status == 204);
    BOOST_TEST(orphans().empty());
    for (const auto& path : {"/compute/" + id, "/storage/" + adopted, "/storage/" + original}) remove(path);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
