// One rule for space, whatever the way in: what is written at once must fit into the pool, and what may be written one
// day is bounded by [storage] largest_gib alone.
#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

service::Settings settings() {
    auto all = support::AgentUnderTest::quick_settings();
    all.largest_bytes = 4096 * mebibyte;
    return all;
}

struct Fixture : wire::Fixture {
    Fixture() : wire::Fixture(settings()) {}
    std::string image = agent.image("base");

    // A file of so many MiB that has none of them.
    std::string hole(std::uint64_t mebibytes) {
        const auto url = agent.make_original("hole", 512);
        std::filesystem::resize_file(agent.images() / "hole", mebibytes * mebibyte);
        return url;
    }
};

struct Way {
    std::string name;
    std::function<support::Answer(Fixture&, const std::string& mebibytes)> ask;
    bool has_size = true; // that the client chooses
};
std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.name; }

const std::vector<Way> ways{
    {"a blank disk",
     [](Fixture& it, const std::string& size) {
         return it.client.post("/storage", "<DISK><SIZE>" + size + "</SIZE></DISK>");
     }},
    {"a blank disk by OCCI",
     [](Fixture& it, const std::string& size) {
         return it.client.send("POST", "/storage/",
                               "Category: storage; scheme=\"http://schemas.ogf.org/occi/infrastructure#\"\n"
                               "X-OCCI-Attribute: occi.storage.size=" +
                                   std::to_string(std::stoul(size) / 1024),
                               {{"Content-Type", "text/plain"}});
     }},
    {"a sparse original",
     [](Fixture& it, const std::string& size) {
         return it.client.post("/storage", "<DISK><URL>" + it.hole(std::stoul(size)) + "</URL></DISK>");
     }},
    {"an original that is to be larger",
     [](Fixture& it, const std::string& size) {
         return it.client.post("/storage",
                               "<DISK><URL>" + it.hole(1) + "</URL><SIZE>" + size + "</SIZE></DISK>");
     }},
    {"a swap disk",
     [](Fixture& it, const std::string& size) {
         return it.client.post("/compute", "<COMPUTE><DISKS><SWAP size=\"" + size + "\"/></DISKS></COMPUTE>");
     }},
    {"a file system",
     [](Fixture& it, const std::string& size) {
         return it.client.post("/compute", "<COMPUTE><DISKS><FS size=\"" + size +
                                               "\" format=\"ext4\"/></DISKS></COMPUTE>");
     }},
    {"a clone",
     [](Fixture& it, const std::string&) {
         return it.client.post("/compute",
                               "<COMPUTE><DISKS><DISK image=\"" + it.image + "\"/></DISKS></COMPUTE>");
     },
     false},
    {"a larger size",
     [](Fixture& it, const std::string& size) {
         return it.act("/storage/" + it.image, "resize",
                       "X-OCCI-Attribute: size=" + std::to_string(std::stoul(size) / 1024));
     }},
    {"a backup", [](Fixture& it, const std::string&) { return it.act("/storage/" + it.image, "backup"); },
     false},
    {"a snapshot", [](Fixture& it, const std::string&) { return it.act("/storage/" + it.image, "snapshot"); },
     false},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_space, Fixture)

BOOST_DATA_TEST_CASE(is_not_taken_by_what_is_not_written, data::make(ways), way) {
    agent.host().set_available(1000 * mebibyte);
    const auto answer = way.ask(*this, "3072");
    BOOST_TEST((answer.status == 200 || answer.status == 201 || answer.status == 202),
               answer.status << ' ' << answer.body);
}

BOOST_DATA_TEST_CASE(that_is_always_kept_free_is_never_taken, data::make(ways), way) {
    agent.host().set_available(63 * mebibyte);
    const auto answer = way.ask(*this, "3072");
    BOOST_TEST(answer.status == 409);
    BOOST_TEST(answer.body.find("no room in the pool: ") != std::string::npos, answer.body);
    BOOST_TEST(answer.body.find(" MB are needed beside the 64 MB that stay free, 63 MB are free") !=
                   std::string::npos,
               answer.body);
}

BOOST_DATA_TEST_CASE(is_promised_up_to_a_bound, data::make(ways), way) {
    if (!way.has_size) return;
    const auto answer = way.ask(*this, "5120");
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.body.find("a disk of 5120 MB is larger than 4096 MB") != std::string::npos,
               answer.body);
}

BOOST_AUTO_TEST_SUITE_END()
