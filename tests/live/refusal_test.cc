// Wrong input, against the real thing: the status, a sentence that names what is wrong, and nothing left.
#define BOOST_TEST_DYN_LINK
#include "agent/base/process.hh"
#include "tests/live/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sys/stat.h>
#include <tuple>

namespace data = boost::unit_test::data;

namespace {

using Row = std::tuple<std::string, int, std::string>; // file or link below images, made by the fixture
const std::vector<Row> originals = {
    {"missing.raw", 400, "missing.raw"},
    {"link-out", 403, "link-out"},
    {"link-to-device", 403, "link-to-device"},
    {"folder", 400, "directory"},
    {"pipe", 400, "pipe"},
    {"empty.raw", 400, "empty"},
    {"broken.qcow2", 400, "qcow2"},
    {"backed.qcow2", 400, "backing"},
    {"huge.qcow2", 400, ""},
    {"../../../../etc/shadow", 403, ""},
    {"%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/shadow", 403, ""},
    {"disk.vmdk", 400, "vmdk"},
    {"packed.gz", 400, "gzip"},
};

void run(const char* program, const std::vector<std::string>& arguments) {
    const auto path = process::find(program);
    BOOST_REQUIRE_MESSAGE(path, program << " is not installed");
    BOOST_REQUIRE_EQUAL(process::run(*path, arguments, std::chrono::seconds(30)).status, 0);
}

struct Fixture : live::Fixture {
    Fixture() {
        const auto folder = agent.images();
        const auto at = [&](const char* name) { return (folder / name).string(); };
        std::filesystem::create_symlink("/etc/shadow", folder / "link-out");
        std::filesystem::create_symlink("/dev/zero", folder / "link-to-device");
        std::filesystem::create_directory(folder / "folder");
        ::mkfifo(at("pipe").c_str(), 0644);
        std::ofstream(folder / "empty.raw").flush();
        std::ofstream(folder / "broken.qcow2", std::ios::binary) << "QFI\xfb" << std::string(4000, '\xfe');
        std::ofstream(folder / "packed.gz", std::ios::binary) << "\x1f\x8b\x08" << std::string(4000, 'x');
        run("qemu-img", {"create", "-q", "-f", "raw", at("base.raw"), "1M"});
        run("qemu-img", {"create", "-q", "-f", "qcow2", "-F", "raw", "-b", "/etc/shadow", "-u",
                         at("backed.qcow2"), "1M"});
        run("qemu-img", {"create", "-q", "-f", "qcow2", at("huge.qcow2"), "1P"});
        run("qemu-img", {"create", "-q", "-f", "vmdk", at("disk.vmdk"), "1M"});
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_refusal, Fixture)

BOOST_AUTO_TEST_CASE(of_originals_names_what_is_wrong_and_leaves_nothing) {
    for (const auto& [name, status, sentence] : originals) {
        const auto answer = client.post("/storage", "<DISK><NAME>x</NAME><URL>file://" +
                                                        (agent.images() / name).string() + "</URL></DISK>");
        BOOST_TEST_CONTEXT(name << ": " << answer.body) {
            BOOST_TEST(answer.status == status);
            BOOST_TEST(answer.body.find(sentence) != std::string::npos);
        }
    }
    BOOST_TEST(client.get("/storage").body == "<STORAGE/>");
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(of_networks_names_the_other_one) {
    const auto first = network("10.205.0.0", "<SIZE>B</SIZE>");
    const auto answer =
        client.post("/network", "<NETWORK><NAME>x</NAME><ADDRESS>10.205.3.0</ADDRESS></NETWORK>");
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find(first) != std::string::npos);
    remove("/network/" + first);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(of_addresses_leaves_no_reservation) {
    const auto network = this->network("10.206.0.0");
    const auto first = compute("<NICS>" + live::nic(network, "10.206.0.9") + "</NICS>");
    BOOST_TEST(becomes(first, "ACTIVE"));
    BOOST_TEST(
        client.post("/compute", "<COMPUTE><NICS>" + live::nic(network, "10.206.0.9") + "</NICS></COMPUTE>")
            .status == 409);
    BOOST_TEST(
        client.post("/compute", "<COMPUTE><NICS>" + live::nic(network, "10.207.0.9") + "</NICS></COMPUTE>")
            .status == 409);
    remove("/compute/" + first);
    const auto again = compute("<NICS>" + live::nic(network, "10.206.0.9") + "</NICS>");
    BOOST_TEST(becomes(again, "ACTIVE"));
    remove("/compute/" + again);
    remove("/network/" + network);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
