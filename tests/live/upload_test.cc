// An image that is sent, byte by byte, into the real pool.
#define BOOST_TEST_DYN_LINK
#include "agent/base/text.hh"
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/content_of.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <random>
#include <sys/stat.h>

namespace {

constexpr std::size_t mebibyte = 1 << 20;
constexpr auto pool = "/var/lib/libvirt/occi-agent-tests/";

std::string random_bytes(std::size_t count) {
    std::mt19937_64 random(1);
    std::string bytes;
    while (bytes.size() < count) {
        const auto word = random();
        bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
    }
    return bytes;
}

std::string form(const std::string& image) {
    return "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" + image +
           "\r\n--B\r\nContent-Disposition: form-data; name=\"occixml\"\r\n\r\n<DISK><NAME>sent</NAME></DISK>"
           "\r\n--B--\r\n";
}

struct Fixture : live::Fixture {
    support::Answer upload(const std::string& image) {
        return client.send("POST", "/storage", form(image),
                           {{"Content-Type", "multipart/form-data; boundary=B"}});
    }
    // Of the agent, in KiB.
    long most_resident() {
        const auto status = support::content_of("/proc/" + std::to_string(agent.pid()) + "/status");
        const auto at = status.find("VmHWM:");
        return std::stol(status.substr(at + 6));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_upload, Fixture)

BOOST_AUTO_TEST_CASE(boots_what_was_sent) {
    const auto answer = upload(support::content_of(support::environment("OCCI_AGENT_GUESTS") + "/micro.raw"));
    BOOST_REQUIRE_EQUAL(answer.status, 201);
    const auto id = compute("<DISKS>" + live::disk(answer.id()) + "</DISKS><NICS/>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(says(id, "MICRO: UP"));
    remove("/compute/" + id);
    remove("/storage/" + answer.id());
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(keeps_every_byte_and_makes_holes_of_zeros_in_little_memory) {
    const auto image = random_bytes(64 * mebibyte) + std::string(64 * mebibyte, '\0') +
                       random_bytes(mebibyte) + std::string(mebibyte, '\0');
    const auto resident = most_resident();
    const auto answer = upload(image);
    BOOST_REQUIRE_EQUAL(answer.status, 201);
    const auto grown = most_resident() - resident;
    BOOST_TEST(grown < 8 * 1024);
    const auto path = pool + answer.id() + ".raw";
    BOOST_TEST((support::content_of(path) == image));
    struct stat is {};
    BOOST_TEST(::stat(path.c_str(), &is) == 0);
    BOOST_TEST(static_cast<std::size_t>(is.st_blocks) * 512 < 80 * mebibyte);
    live::row("130 MiB uploaded, half of them zeros",
              "every byte there, " + std::to_string(is.st_blocks / 2048) +
                  " MiB on the disk, the agent grew by " + std::to_string(grown) + " KiB");
    remove("/storage/" + answer.id());
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(leaves_nothing_when_the_agent_is_killed_in_the_midst_of_it) {
    agent.end();
    agent.start_crashing("upload storage/keep/before");
    BOOST_CHECK_THROW(upload(random_bytes(mebibyte)), std::runtime_error);
    agent.end(9);
    agent.start();
    const auto list = client.get("/storage").body;
    const auto at = list.find("/storage/");
    BOOST_REQUIRE(at != list.npos);
    const auto path = list.substr(at, 9 + 36);
    BOOST_TEST(
        support::eventually([&] { return live::element(client.get(path).body, "STATE") == "FAILED"; }));
    live::row("kill -9 while an upload is kept", "said to be failed, nothing left over");
    remove(path);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
