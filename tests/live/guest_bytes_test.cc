// What a guest writes on its disk is data, whatever it looks like: no verb follows it to a file of the host or to a
// server.
#define BOOST_TEST_DYN_LINK
#include "agent/base/process.hh"
#include "tests/live/fixture.hh"
#include "tests/live/onlooker.hh"
#include "tests/live/row.hh"
#include "tests/support/content_of.hh"
#include "tests/support/qemu_img.hh"
#include "tests/support/words.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace data = boost::unit_test::data;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

const fs::path pool = support::AgentProcess::pool;
const std::string victim_bytes(32, 'v');

using support::qemu_img;

struct Fixture : live::Fixture {
    support::TempFolder outside;
    fs::path victim = outside.path() / "victim";
    live::SilentPort port;

    // The first bytes of an image that leads there.
    std::string disguise(const std::string& kind) const {
        const auto file = (outside.path() / "disguise").string();
        if (kind == "data file")
            qemu_img({"create", "-q", "-f", "qcow2", "-o",
                      "data_file=" + victim.string() + ",data_file_raw=on", file, "64M"});
        else
            qemu_img({"create", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b",
                      kind == "server" ? "nbd://127.0.0.1:" + std::to_string(port.number()) + "/x"
                                       : victim.string(),
                      file, "64M"});
        std::ofstream(victim, std::ios::binary) << victim_bytes;
        return support::content_of(file);
    }
    // A blank storage on which a guest has written that.
    std::string storage_with(const std::string& bytes) {
        const auto made = client.post("/storage", "<DISK><NAME>data</NAME><SIZE>1</SIZE></DISK>");
        BOOST_TEST_REQUIRE(made.status == 201);
        BOOST_TEST(all_has_ended());
        std::fstream file(file_of(made.id()), std::ios::binary | std::ios::in | std::ios::out);
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        file.close();
        return made.id();
    }
    static fs::path file_of(const std::string& storage) { return pool / (storage + ".raw"); }

    double gibibytes(const std::string& storage) const {
        return value("/storage/" + storage, "occi.storage.size");
    }
    std::vector<std::string> storages() const {
        auto all = ids("/storage/");
        for (const auto& id : all) BOOST_TEST(value("/storage/" + id, "occi_agent.phase") == "ready");
        return all;
    }
    // The link, or "" with a complaint.
    std::string plug_in(const std::string& compute, const std::string& storage) const {
        BOOST_TEST(all_has_ended());
        const auto answer = client.send(
            "POST", "/storagelink/",
            R"({"kind":"http://schemas.ogf.org/occi/infrastructure#storagelink","source":{"location":"/compute/)" +
                compute + R"("},"target":{"location":"/storage/)" + storage + "\"}}",
            {{"Content-Type", "application/occi+json"}});
        BOOST_TEST(answer.status == 201, answer.body);
        BOOST_TEST(all_has_ended());
        return answer.id();
    }
};

const std::vector<std::string> kinds{"data file", "backing file", "server"};

} // namespace

BOOST_AUTO_TEST_SUITE(live_guest_bytes)

BOOST_DATA_TEST_CASE_F(Fixture, lead_no_verb_anywhere, data::make(kinds), kind) {
    const auto bytes = disguise(kind);
    const auto micro = image("micro.raw");
    const auto storage = storage_with(bytes);
    const live::UntouchedFile untouched(victim);

    // Off.
    BOOST_TEST(act_to_the_end("/storage/" + storage, "resize", words::attribute("size=0.25")).status == 200);
    BOOST_TEST(gibibytes(storage) == 0.25);
    BOOST_TEST(fs::file_size(file_of(storage)) == 256U << 20);
    for (const auto* action : {"snapshot", "backup"})
        BOOST_TEST(act_to_the_end("/storage/" + storage, action).status == 200);

    // A clone that a machine boots from, in memory and off.
    const auto cloned = compute("<DISKS>" + live::disk(storage) + "</DISKS><NICS/>");
    BOOST_TEST(becomes(cloned, "ACTIVE"));
    BOOST_TEST(act_to_the_end("/compute/" + cloned, "save",
                              words::attribute("method=\"hot\"") + words::attribute("name=\"hot\""))
                   .status == 200);
    go(cloned, "STOPPED", "STOPPED");
    go(cloned, "RESUME", "ACTIVE");
    go(cloned, "CANCEL", "STOPPED");
    BOOST_TEST(act_to_the_end("/compute/" + cloned, "save",
                              words::attribute("method=\"deferred\"") + words::attribute("name=\"cold\""))
                   .status == 200);
    remove("/compute/" + cloned);

    // Plugged into one that runs, larger there, copied, and pulled out.
    const auto guest = compute("<DISKS>" + live::disk(micro) + "</DISKS><NICS/>");
    BOOST_TEST(says(guest, "MICRO: UP"));
    const auto link = plug_in(guest, storage);
    BOOST_TEST(act_to_the_end("/storage/" + storage, "resize", words::attribute("size=0.5")).status == 200);
    BOOST_TEST(gibibytes(storage) == 0.5);
    BOOST_TEST(fs::file_size(file_of(storage)) == 512U << 20);
    go(guest, "CANCEL", "STOPPED");
    go(guest, "RESUME", "ACTIVE");
    BOOST_TEST(says(guest, "MICRO: UP"));
    BOOST_TEST(client.send("DELETE", "/storagelink/" + link, {}, {{"Accept", "text/plain"}}).status == 200);
    BOOST_TEST(all_has_ended());
    remove("/compute/" + guest);

    // Every copy has its bytes, and the image that leads elsewhere is taken by no other way.
    BOOST_TEST((support::content_of(file_of(storage)).substr(0, bytes.size()) == bytes));
    const auto sent = client.send("POST", "/storage",
                                  "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" + bytes +
                                      "\r\n--B\r\nContent-Disposition: form-data; name=\"occixml\"\r\n\r\n"
                                      "<DISK><NAME>sent</NAME></DISK>\r\n--B--\r\n",
                                  {{"Content-Type", "multipart/form-data; boundary=B"}});
    BOOST_TEST(sent.status == 400, sent.body);
    const auto all = storages();
    BOOST_TEST(all.size() == 6U);
    for (const auto& id : all) remove("/storage/" + id);

    BOOST_TEST(!untouched.was_touched(), "somebody has opened the file of the host");
    BOOST_TEST(!port.was_called(), "somebody has called the server");
    BOOST_TEST(support::content_of(victim) == victim_bytes);
    live::row("a guest makes its disk look like an image with a " + kind + " elsewhere; every verb",
              "nothing outside of the pool was opened, nobody was called, all sizes and bytes are right");
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
