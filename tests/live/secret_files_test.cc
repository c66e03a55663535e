// No file of a guest can be read by others, not for a moment.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/live/onlooker.hh"
#include "tests/live/row.hh"
#include "tests/support/content_of.hh"
#include "tests/support/words.hh"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace fs = std::filesystem;

namespace {

const fs::path pool = support::AgentProcess::pool;

// Whoever passes all folders above it.
bool others_may_read(const fs::path& path) {
    for (auto folder = path.parent_path(); folder.has_relative_path(); folder = folder.parent_path())
        if ((fs::status(folder).permissions() & fs::perms::others_exec) == fs::perms::none) return false;
    return (fs::status(path).permissions() & fs::perms::others_read) != fs::perms::none;
}

struct Fixture : live::Fixture {
    // Whatever keeps strangers out of the folder: here the files have to do it by themselves.
    Fixture() {
        ::removexattr(pool.c_str(), "system.posix_acl_access");
        fs::permissions(pool, fs::perms(0711));
    }
    void succeed(const std::string& path, const std::string& action,
                 const std::string& attributes = {}) const {
        const auto answer = act_to_the_end(path, action, attributes);
        BOOST_TEST(answer.status == 200, answer.body);
    }
    std::string upload(const std::string& guest) {
        const auto bytes = support::content_of(support::environment("OCCI_AGENT_GUESTS") + "/" + guest);
        const auto answer =
            client.send("POST", "/storage",
                        "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" + bytes +
                            "\r\n--B\r\nContent-Disposition: form-data; name=\"occixml\"\r\n\r\n"
                            "<DISK><NAME>sent</NAME></DISK>\r\n--B--\r\n",
                        {{"Content-Type", "multipart/form-data; boundary=B"}});
        BOOST_TEST_REQUIRE(answer.status == 201, answer.body);
        BOOST_TEST(all_has_ended());
        return answer.id();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_secret_files, Fixture)

BOOST_AUTO_TEST_CASE(a_stranger_who_tries_all_the_time_reads_none_of_them) {
    const auto saves = fs::path("/var/lib/libvirt/qemu/save");
    live::Stranger stranger({pool, agent.state(), agent.state() / "console", saves});
    const auto control = pool / "open-to-all";
    std::ofstream(control) << "x";
    fs::permissions(control, fs::perms(0644));
    fs::last_write_time(control, fs::file_time_type::clock::now());

    for (const std::string guest : {"micro.raw", "micro.qcow2"}) {
        const auto storage = image(guest);
        const auto larger =
            client.post("/storage", "<DISK><NAME>larger</NAME><SIZE>64</SIZE><URL>" +
                                        agent.offer(support::environment("OCCI_AGENT_GUESTS") + "/" + guest) +
                                        "</URL></DISK>");
        BOOST_TEST(larger.status == 201);
        upload(guest);
        for (const auto* action : {"snapshot", "backup"}) succeed("/storage/" + storage, action);
        succeed("/storage/" + storage, "resize", words::attribute("size=0.0625"));
        const auto machine = compute("<DISKS>" + live::disk(storage) +
                                     "<SWAP size=\"8\"/><FS size=\"8\" format=\"ext4\"/></DISKS><NICS/>");
        BOOST_TEST(says(machine, "MICRO: UP"));
        succeed("/compute/" + machine, "save", words::attribute("method=\"hot\""));
        go(machine, "STOPPED", "STOPPED");
        for (const auto& folder : {saves, agent.state() / "console"})
            for (const auto& entry : fs::directory_iterator(folder))
                BOOST_TEST(!others_may_read(entry.path()), entry.path());
        BOOST_TEST(
            (fs::status(agent.state() / "console" / (machine + ".log")).permissions() == fs::perms(0600)));
        go(machine, "RESUME", "ACTIVE");
        go(machine, "CANCEL", "STOPPED");
        succeed("/compute/" + machine, "save", words::attribute("method=\"deferred\""));
        remove("/compute/" + machine);
    }
    const auto list = client.get("/storage").body;
    for (auto at = list.find("/storage/"); at != list.npos; at = list.find("/storage/", at + 1))
        remove(list.substr(at, 9 + 36));

    const auto read = stranger.read();
    BOOST_TEST(read.size() > 0U, "the stranger does not look");
    for (const auto& path : read) BOOST_TEST(path == control.string());
    BOOST_TEST(stranger.tries() > 100U);
    live::row("somebody without rights tries to open every file at each step of its life",
              "none of " + std::to_string(stranger.tries()) +
                  " tries: imports, uploads, blanks, clones, "
                  "copies, saves, saved memory, console logs, the agent's own");
    fs::remove(control);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
