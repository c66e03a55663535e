// States that something went wrong to get into, and the ways out of them: saved memory that cannot be read, a QEMU that
// was killed, a guest that does not hear, a bridge that is gone.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/eventually.hh"
#include "tests/support/words.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

namespace data = boost::unit_test::data;
namespace fs = std::filesystem;

namespace {

using nlohmann::json;

struct Ways : live::Fixture {
    std::string guest(const std::string& kind, const std::string& more = "<NICS/>") {
        if (image_.empty()) image_ = image(kind);
        const auto id = compute("<DISKS>" + live::disk(image_) + "</DISKS>" + more);
        BOOST_REQUIRE(becomes(id, "ACTIVE"));
        return id;
    }
    support::Answer act(const std::string& id, const std::string& action, const std::string& method) {
        return live::Fixture::act("/compute/" + id, action, words::attribute("method=\"" + method + "\""));
    }
    json attributes(const std::string& path) { return read(path)["attributes"]; }
    // Of the operation that the answer names, as it ended.
    json ended(const support::Answer& answer) {
        BOOST_REQUIRE_MESSAGE(answer.status == 202, answer.body);
        json operation;
        BOOST_REQUIRE(support::eventually([&] {
            operation = json::parse(client.get("/-/operations/" + answer.id()).body);
            const auto state = operation["state"].get<std::string>();
            return state == "done" || state == "failed" || state == "cancelled";
        }));
        return operation;
    }
    std::string message_of(const std::string& id) {
        return live::element(client.get("/compute/" + id).body, "MESSAGE");
    }
    void clean(const std::string& id, const std::string& network = {}) {
        remove("/compute/" + id);
        if (!network.empty()) remove("/network/" + network);
        if (!image_.empty()) remove("/storage/" + image_);
        BOOST_TEST(nothing_is_left());
    }

private:
    std::string image_;
};

fs::path saved_memory_of(const std::string& id) { return "/var/lib/libvirt/qemu/save/occi-" + id + ".save"; }

struct Damage {
    const char* name;
    void (*damage)(const fs::path&);
};
std::ostream& operator<<(std::ostream& out, const Damage& one) { return out << one.name; }

void overwrite(const fs::path& path, std::uintmax_t from, std::uintmax_t bytes) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(from));
    file << std::string(bytes, '\xa5');
    BOOST_REQUIRE(file.good());
}

const Damage damages[] = {
    {"its head overwritten", [](const fs::path& path) { overwrite(path, 0, 16); }},
    {"its description overwritten", [](const fs::path& path) { overwrite(path, 92, 2000); }},
    {"the memory itself overwritten",
     [](const fs::path& path) {
         const auto bytes = fs::file_size(path);
         overwrite(path, bytes / 2, bytes / 4);
     }},
    {"cut in half", [](const fs::path& path) { fs::resize_file(path, fs::file_size(path) / 2); }},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_way_out, Ways)

// Issue 11, 13: every verb was 403, or 200 and did nothing.
BOOST_DATA_TEST_CASE(of_saved_memory_that_cannot_be_read, data::make(damages), damage) {
    const auto id = guest("micro.raw");
    BOOST_TEST(ended(put(id, "STOPPED"))["state"] == "done");
    BOOST_REQUIRE(becomes(id, "STOPPED"));
    const auto file = saved_memory_of(id);
    BOOST_REQUIRE(fs::exists(file));
    damage.damage(file);

    const auto start = ended(put(id, "RESUME"));
    std::string seen = start["state"].get<std::string>();
    if (seen == "failed") {
        BOOST_TEST(state_of(id) == "STOPPED");
        BOOST_TEST(message_of(id).find("its memory is still saved") != std::string::npos, message_of(id));
        BOOST_TEST(attributes("/compute/" + id)["occi_agent.suspended_in"] == "disk");
        seen += ": " + start["message"].get<std::string>();
        BOOST_TEST(ended(put(id, "CANCEL"))["state"] == "done");
        BOOST_TEST(!fs::exists(file));
        BOOST_TEST(state_of(id) == "STOPPED");
        BOOST_TEST(attributes("/compute/" + id)["occi.compute.state"] == "inactive");
        BOOST_TEST(message_of(id).empty());
        BOOST_TEST(put(id, "CANCEL").status == 403); // it does nothing any more, and says so
        BOOST_TEST(act(id, "stop", "poweroff").status == 409);
        BOOST_TEST(ended(put(id, "RESUME"))["state"] == "done");
    }
    BOOST_TEST(becomes(id, "ACTIVE"));
    live::row(std::string("saved memory, ") + damage.name, "RESUME " + seen + "; runs in the end");
    clean(id);
}

BOOST_AUTO_TEST_CASE(of_saved_memory_is_a_cold_start) {
    const auto id = guest("micro.raw");
    for (const bool damaged : {false, true}) {
        BOOST_TEST(ended(put(id, "STOPPED"))["state"] == "done");
        if (damaged) damages[0].damage(saved_memory_of(id));
        BOOST_TEST(act(id, "start", "cold").status == 200);
        BOOST_TEST(becomes(id, "ACTIVE"));
        BOOST_TEST(all_has_ended());
        BOOST_TEST(!fs::exists(saved_memory_of(id)));
        BOOST_TEST(attributes("/compute/" + id)["occi.compute.state.message"] == "booted");
    }
    clean(id);
}

// Forced off while it is on its way back, it had its memory still, and the operation waited in vain for it to be off.
BOOST_AUTO_TEST_CASE(of_saved_memory_that_is_being_read) {
    const auto id = guest("micro.raw");
    for (int round = 0; round < 3; ++round) {
        BOOST_TEST(ended(put(id, "STOPPED"))["state"] == "done");
        BOOST_TEST(put(id, "RESUME").status == 202);
        BOOST_TEST(ended(put(id, "CANCEL"))["state"] == "done");
        BOOST_TEST(!fs::exists(saved_memory_of(id)));
        BOOST_TEST(attributes("/compute/" + id)["occi.compute.state"] == "inactive");
        BOOST_TEST(ended(put(id, "RESUME"))["state"] == "done");
        BOOST_TEST(becomes(id, "ACTIVE"));
    }
    clean(id);
}

BOOST_AUTO_TEST_CASE(of_a_console_folder_that_is_gone) {
    const auto id = guest("micro.raw");
    BOOST_TEST(ended(put(id, "CANCEL"))["state"] == "done");
    fs::remove_all(agent.state() / "console");
    BOOST_TEST(ended(put(id, "RESUME"))["state"] == "done");
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(says(id, "MICRO: UP"));
    BOOST_TEST((fs::status(agent.state() / "console").permissions() == fs::perms::owner_all));
    clean(id);
}

BOOST_AUTO_TEST_CASE(of_a_qemu_that_was_killed) {
    const auto id = guest("micro.raw");
    const auto crash = [&] {
        ::kill(live::qemu_of("occi-" + id), SIGKILL);
        BOOST_REQUIRE(becomes(id, "FAILED"));
    };
    for (const auto* word : {"RESUME", "RESTART", "REBOOT", "RESET"}) {
        crash();
        const auto end = ended(put(id, word));
        BOOST_TEST(end["state"] == "done", word << ": " << end);
        BOOST_TEST(becomes(id, "ACTIVE"));
    }
    crash();
    BOOST_TEST(act(id, "start", "warm").status == 200);
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(all_has_ended());
    crash();
    BOOST_TEST(ended(put(id, "CANCEL"))["state"] == "done");
    BOOST_TEST(becomes(id, "STOPPED"));
    BOOST_TEST(put(id, "CANCEL").status == 403);
    live::row("kill -9 of a QEMU",
              "FAILED; RESUME, RESTART, REBOOT, RESET and start boot it, CANCEL makes it STOPPED");
    clean(id);
}

// Issue 11, 15: it was done at once.
BOOST_AUTO_TEST_CASE(of_a_guest_that_does_not_hear_that_it_is_to_restart) {
    const auto id = guest("deaf.raw");
    const auto end = ended(put(id, "REBOOT"));
    BOOST_TEST(end["state"] == "failed");
    BOOST_TEST(message_of(id).find("the guest ignored the request to restart for 6 s") != std::string::npos,
               message_of(id));
    live::row("REBOOT of a deaf guest",
              end["state"].get<std::string>() + ": " + end["message"].get<std::string>());
    BOOST_TEST(ended(put(id, "RESET"))["state"] == "done");
    BOOST_TEST(was_told(id, "rebooted"));
    clean(id);
}

BOOST_AUTO_TEST_CASE(of_one_that_hears_is_seen) {
    const auto id = guest("micro.raw");
    BOOST_REQUIRE(says(id, "MICRO: UP"));
    BOOST_TEST(ended(put(id, "REBOOT"))["state"] == "done");
    BOOST_TEST(was_told(id, "rebooted"));
    BOOST_TEST(becomes(id, "ACTIVE"));
    clean(id);
}

// Issue 11, 16: network, NIC and health stayed active and ready, and the XML had no reason for the failed start.
BOOST_AUTO_TEST_CASE(of_a_bridge_that_is_gone) {
    std::optional<live::HostBridge> bridge(std::in_place, "occitest1");
    const auto network =
        client
            .post("/network",
                  "<NETWORK><NAME>b</NAME><MODE>bridge</MODE><BRIDGE>occitest1</BRIDGE></NETWORK>")
            .id();
    const auto id = guest("micro.raw", "<NICS>" + live::nic(network) + "</NICS>");
    bridge.reset();
    BOOST_TEST(support::eventually(
        [&] { return attributes("/network/" + network)["occi.network.state"] == "error"; },
        std::chrono::seconds(60)));
    const auto why = attributes("/network/" + network)["occi.network.state.message"].get<std::string>();
    BOOST_TEST(why.find("no bridge occitest1 any more: make it again") != std::string::npos, why);
    BOOST_TEST(live::element(client.get("/network/" + network).body, "MESSAGE") == why);
    const auto health = json::parse(client.get("/-/health").body);
    BOOST_TEST(health["status"] == "degraded");
    BOOST_TEST(health["parts"]["networks"]["broken"] == json::array({network}));

    BOOST_TEST(ended(put(id, "CANCEL"))["state"] == "done");
    BOOST_TEST(ended(put(id, "RESUME"))["state"] == "failed");
    BOOST_TEST(message_of(id).find("occitest1") != std::string::npos, message_of(id));
    live::row("a bridge that is gone", "network error; start: " + message_of(id));

    bridge.emplace("occitest1");
    BOOST_TEST(ended(put(id, "RESUME"))["state"] == "done");
    BOOST_TEST(message_of(id).empty());
    clean(id, network);
}

BOOST_AUTO_TEST_SUITE_END()
