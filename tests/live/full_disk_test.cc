// What a full disk does: the pool's, in the middle of everything that writes to it, and the agent's own. What cannot
// be is refused or taken back, with a reason that names the disk; nobody else notices; and once there is room it goes
// on. What fails in its middle has found room when it was asked for: the agent is stopped there until the disk is
// full.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/live/small_disk.hh"
#include "tests/support/eventually.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <csignal>
#include <fstream>
#include <future>
#include <ostream>
#include <regex>
#include <string>

namespace data = boost::unit_test::data;

namespace {

using support::has;

constexpr std::uint64_t kibibyte = 1 << 10, mebibyte = 1 << 20;
constexpr std::uint64_t pool_mebibytes = 128; // 64 of which the agent keeps free of images
constexpr std::uint64_t state_mebibytes = 16;

// A guest that is there all the time, and should not notice anything.
struct Fixture : live::Fixture {
    using live::Fixture::Fixture;

    std::string micro = image("micro.raw");
    std::string bystander = made("<NAME>bystander</NAME><DISKS>" + live::disk(micro) + "</DISKS><NICS/>");

    std::string made(const std::string& inside) {
        const auto id = compute(inside);
        if (!becomes(id, "ACTIVE")) throw std::runtime_error("compute " + id + " does not run");
        return id;
    }
    std::string events() const { return client.get("/-/events?since=0").body; }
    std::string message_of(const std::string& path) const {
        return live::element(client.get(path).body, "MESSAGE");
    }
    // Of ours: what fills the disk is none of it.
    live::Traces traces() const {
        auto all = node.traces(agent.state() / "console");
        std::erase_if(all, [](const auto& trace) { return trace.ends_with("/somebody-elses"); });
        return all;
    }
    std::string new_since(const live::Traces& earlier) const {
        std::string all;
        for (const auto& trace : traces())
            if (!earlier.contains(trace)) all += trace + "; ";
        return all;
    }
    // The links in it change when the agent gets another port; and it says why the last change failed.
    std::string shown(const std::string& path) const {
        return std::regex_replace(client.get(path).body, std::regex("http://[^/]*|<MESSAGE>.*</MESSAGE>"),
                                  "");
    }
    // Asks for something, and fills the disk when the agent has come to that point of doing it.
    template <class Ask>
    support::Answer fill_at(const std::string& point, live::SmallDisk& disk, std::uint64_t leave, Ask&& ask) {
        agent.end();
        agent.start_stopping(point);
        // It may stop before it has answered.
        auto answer = std::async(std::launch::async, ask);
        const bool stopped = support::eventually([&] { return agent.has_stopped(); });
        if (!stopped) throw std::runtime_error("never came to " + point + ": " + answer.get().body);
        disk.fill(leave);
        agent.go_on();
        return answer.get();
    }
    // Of what an answer began.
    std::string why_failed(const support::Answer& answer) const {
        const auto path = "/-/operations/" + answer.id();
        BOOST_TEST(support::eventually([&] { return has(client.get(path).body, "\"state\":\"failed\""); }));
        const auto shown = nlohmann::json::parse(client.get(path).body);
        return shown.value("message", "");
    }
    void check_bystander() {
        BOOST_TEST(state_of(bystander) == "ACTIVE");
        BOOST_TEST(node.is_running("occi-" + bystander));
    }
    void remove_all() {
        check_bystander();
        remove("/compute/" + bystander);
        remove("/storage/" + micro);
        BOOST_TEST(nothing_is_left());
    }
};

struct SmallPool {
    live::SmallDisk disk{support::AgentProcess::pool, pool_mebibytes};
};
struct FullPool : SmallPool, Fixture {};

struct SmallState {
    support::TempFolder folder;
    live::SmallDisk disk{folder.path() / "state", state_mebibytes};
};
struct FullState : SmallState, Fixture {
    FullState() : Fixture(support::AgentSettings{.state = SmallState::folder.path() / "state"}) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(live_full_disk)

// ---- the pool's ----------------------------------------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(pauses_a_guest_that_writes_and_lets_it_go_on_when_there_is_room, FullPool) {
    const auto url = agent.offer(support::environment("OCCI_AGENT_GUESTS") + "/writer.raw");
    // Enough is free for both to be made, and less than either of them writes.
    const auto image =
        client.post("/storage", "<DISK><NAME>w</NAME><URL>" + url + "</URL><SIZE>80</SIZE></DISK>").id();
    disk.grow(3 * pool_mebibytes);
    disk.fill(72 * mebibyte);
    // Of a type that leaves its disk as large as the image: the guest fills all of it.
    const auto machine =
        "<TYPE>custom</TYPE><MEMORY>64</MEMORY><DISKS>" + live::disk(image) + "</DISKS><NICS/>";
    const auto one = compute(machine), two = compute(machine);
    for (const auto& id : {one, two}) {
        BOOST_TEST(becomes(id, "SUSPENDED"));
        BOOST_TEST(live::element(client.get("/compute/" + id).body, "REASON") ==
                   "paused: no space left on pool occi");
    }
    BOOST_TEST(has(events(), "\"what\":\"suspended\",\"detail\":\"paused: no space left on pool occi\""));
    BOOST_TEST(has(events(), "\"what\":\"disk error\",\"detail\":\"vda: no space left on the device\""));
    // Without room it does not come far.
    BOOST_TEST(put(one, "RESUME").status == 202);
    BOOST_TEST(becomes(one, "SUSPENDED"));
    check_bystander();
    disk.make_room();
    for (const auto& id : {one, two}) {
        BOOST_TEST(support::eventually([&] { return put(id, "RESUME").status == 202; }));
        BOOST_TEST(becomes(id, "ACTIVE"));
        BOOST_TEST(says(id, "MICRO: WROTE"));
    }
    BOOST_TEST(put(one, "SHUTDOWN").status == 202);
    BOOST_TEST(becomes(one, "STOPPED"));
    live::row("pool full while two guests write",
              "both suspended: no space left on pool occi; RESUME went on when there was room");
    for (const auto& id : {one, two}) remove("/compute/" + id);
    remove("/storage/" + image);
    remove_all();
}

BOOST_FIXTURE_TEST_CASE(fails_an_import_in_its_middle_and_leaves_nothing_of_it, FullPool) {
    std::ofstream(agent.images() / "large") << std::string(24 * mebibyte, 'x');
    const auto document =
        "<DISK><NAME>large</NAME><URL>file://" + (agent.images() / "large").string() + "</URL></DISK>";
    const auto as_it_was = traces();
    const auto id = fill_at("import storage/copy/before", disk, 6 * mebibyte, [&] {
                        return client.post("/storage", document);
                    }).id();
    BOOST_TEST(
        support::eventually([&] { return has(client.get("/storage/" + id).body, "<STATE>FAILED</STATE>"); }));
    const auto message = message_of("/storage/" + id);
    BOOST_TEST(has(message, "no space left"), message);
    // A note beside it goes a moment later.
    BOOST_TEST(support::eventually([&] { return traces() == as_it_was; }), new_since(as_it_was));
    BOOST_TEST(disk.free() >= 6 * mebibyte);
    const auto refused = client.post("/storage", document);
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(has(refused.body,
                   "no room in the pool: 24 MB are needed beside the 64 MB that stay free, 6 MB are free"));
    live::row("pool full in the middle of an import", "FAILED: " + message + "; its part removed");
    remove("/storage/" + id);
    disk.make_room();
    const auto again = client.post("/storage", document).id();
    BOOST_TEST(support::eventually([&] { return !has(client.get("/storage/" + again).body, "<STATE>"); }));
    remove("/storage/" + again);
    remove_all();
}

struct Making {
    const char* what;
    std::uint64_t leave;
    std::string disks;
};
std::ostream& operator<<(std::ostream& out, const Making& one) { return out << one.what; }
const std::vector<Making> makings = {{"a clone", 0, "CLONE"},
                                     {"a SWAP", 0, "<SWAP size=\"16\"/>"},
                                     {"an FS", 64 * kibibyte, "<FS size=\"64\" format=\"ext4\"/>"}};

BOOST_DATA_TEST_CASE_F(FullPool, fails_a_creation_whose_disks_find_no_room, data::make(makings), making) {
    const auto disks = making.disks == "CLONE" ? live::disk(micro) : making.disks;
    const auto document = "<DISKS>" + disks + "</DISKS><NICS/>";
    const auto as_it_was = traces();
    const auto id = fill_at("create compute/make vda/before", disk, making.leave, [&] {
                        return client.post("/compute", "<COMPUTE>" + document + "</COMPUTE>");
                    }).id();
    BOOST_TEST(becomes(id, "FAILED"));
    const auto message = message_of("/compute/" + id);
    BOOST_TEST(has(message, "o space left"), message);
    live::row(std::string("pool full while ") + making.what + " is made", "FAILED: " + message);
    BOOST_TEST(support::eventually([&] { return traces() == as_it_was; }));
    BOOST_TEST(disk.free() >= making.leave);
    const auto refused = client.post("/compute", "<COMPUTE>" + document + "</COMPUTE>");
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(has(refused.body, "no room in the pool: 0 MB are needed"));
    remove("/compute/" + id);
    disk.make_room();
    const auto again = made(document);
    remove("/compute/" + again);
    remove_all();
}

BOOST_FIXTURE_TEST_CASE(attaches_no_disk_that_finds_no_room_and_leaves_the_guest_as_it_was, FullPool) {
    const auto as_it_was = shown("/compute/" + bystander);
    const auto disks =
        "<COMPUTE><DISKS>" + live::disk(micro) + "<FS size=\"64\" format=\"ext4\"/></DISKS></COMPUTE>";
    const auto left = traces();
    const auto answer = fill_at("change disks/make vdb/before", disk, 64 * kibibyte,
                                [&] { return client.put("/compute/" + bystander, disks); });
    BOOST_TEST(answer.status == 202);
    const auto message = why_failed(answer);
    BOOST_TEST(has(message, "o space left"), message);
    live::row("pool full while a disk is attached", "failed: " + message + "; it runs on");
    BOOST_TEST(shown("/compute/" + bystander) == as_it_was);
    BOOST_TEST((traces() == left));
    BOOST_TEST(client.put("/compute/" + bystander, disks).status == 409);
    disk.make_room();
    BOOST_TEST(client.put("/compute/" + bystander, disks).status == 202);
    BOOST_TEST(support::eventually([&] { return has(client.get("/compute/" + bystander).body, "<FS "); }));
    remove_all();
}

BOOST_FIXTURE_TEST_CASE(leaves_a_guest_running_whose_memory_finds_no_room, Fixture) {
    live::SmallDisk memory("/var/lib/libvirt/qemu/save", 4);
    memory.fill(64 * kibibyte);
    const auto answer = put(bystander, "STOPPED");
    BOOST_TEST(answer.status == 202);
    const auto message = why_failed(answer);
    BOOST_TEST(has(message, "o space left"), message);
    live::row("no room for the memory of a guest that is saved", "failed: " + message + "; it runs on");
    BOOST_TEST(becomes(bystander, "ACTIVE"));
    memory.make_room();
    BOOST_TEST(put(bystander, "STOPPED").status == 202);
    BOOST_TEST(becomes(bystander, "STOPPED"));
    BOOST_TEST(put(bystander, "RESUME").status == 202);
    BOOST_TEST(becomes(bystander, "ACTIVE"));
    remove_all();
}

// ---- the agent's own -----------------------------------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(begins_nothing_new_and_ends_what_is_there, FullState) {
    const auto stopped = made("<DISKS>" + live::disk(micro) + "</DISKS><NICS/>"), deleted = made("<NICS/>");
    agent.end();
    agent.start_stopping("create compute/define/before");
    const auto under_way = compute("<DISKS>" + live::disk(micro) + "</DISKS><NICS/>");
    BOOST_REQUIRE(support::eventually([&] { return agent.has_stopped(); }));
    disk.fill();
    agent.go_on();
    BOOST_TEST(becomes(under_way, "ACTIVE"));

    // As long as nothing has found out that the disk is full, what is asked for is done.
    const auto refuses = [&] {
        const auto answer = client.put("/compute/" + stopped, "<COMPUTE><NAME>new</NAME></COMPUTE>");
        return answer.status == 503 && has(answer.body, "no space left in the agent's state directory");
    };
    BOOST_TEST(support::eventually(refuses));
    for (const auto& [pool, document] : {std::pair{"/compute", "<COMPUTE><NICS/></COMPUTE>"},
                                         {"/network", "<NETWORK><NAME>n</NAME></NETWORK>"},
                                         {"/storage", "<DISK><NAME>d</NAME><SIZE>1</SIZE></DISK>"}}) {
        const auto as_it_was = client.get(pool).body;
        BOOST_TEST(client.post(pool, document).status == 503);
        BOOST_TEST(client.get(pool).body == as_it_was);
    }
    BOOST_TEST(put(stopped, "SUSPENDED").status == 503);
    const auto health = client.get("/-/health").body;
    BOOST_TEST(
        has(health, "\"status\":\"degraded\",\"reasons\":[\"no space left for " + agent.state().string()));

    BOOST_TEST(put(stopped, "SHUTDOWN").status == 202);
    BOOST_TEST(becomes(stopped, "STOPPED"));
    BOOST_TEST(put(stopped, "RESUME").status == 503);
    BOOST_TEST(client.remove("/compute/" + deleted).status == 204);
    BOOST_TEST(put(under_way, "CANCEL").status == 202);
    BOOST_TEST(becomes(under_way, "STOPPED"));
    remove("/compute/" + under_way);
    live::row("disk of the state directory full",
              "new changes 503, health degraded; a creation under way ended, stop and delete worked");

    disk.make_room();
    BOOST_TEST(has(client.get("/-/health").body, "\"status\":\"ready\",\"reasons\":[]"));
    BOOST_TEST(put(stopped, "RESUME").status == 202);
    BOOST_TEST(becomes(stopped, "ACTIVE"));
    remove("/compute/" + stopped);
    remove_all();
}

BOOST_FIXTURE_TEST_CASE(starts_on_a_full_disk_and_knows_everything, FullState) {
    for (const int signal : {SIGKILL, SIGTERM}) {
        disk.fill();
        agent.end(signal);
        disk.fill(); // what the agent gave back when it ended
        agent.start();
        disk.fill(); // what it gave back when it started
        check_bystander();
        BOOST_TEST(client.post("/compute", "<COMPUTE><NICS/></COMPUTE>").status == 503);
        BOOST_TEST(has(client.get("/-/health").body, "\"status\":\"degraded\""));
        disk.make_room();
        BOOST_TEST(has(client.get("/-/health").body, "\"status\":\"ready\""));
        const auto id = made("<NICS/>");
        disk.fill();
        agent.restart();
        remove("/compute/" + id);
        disk.make_room();
        BOOST_TEST(has(client.get("/-/health").body, "\"status\":\"ready\""));
    }
    live::row("agent started while the disk of its state is full",
              "knows everything, can delete; degraded until there is room");
    remove_all();
}

BOOST_AUTO_TEST_SUITE_END()
