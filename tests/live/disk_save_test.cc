// The disk of a compute, saved as a storage of its own: what the guest had written is on it.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/eventually.hh"
#include "tests/support/words.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <sys/stat.h>

namespace data = boost::unit_test::data;
using nlohmann::json;

namespace {

const std::string linux_size = "<TYPE>custom</TYPE><CPU>1</CPU><MEMORY>160</MEMORY>";

struct Fixture : live::Fixture {
    Fixture() : live::Fixture({.arch = "x86_64"}) {}

    support::Answer save(const std::string& compute, const std::string& method) const {
        return act("/compute/" + compute, "save",
                   words::attribute("method=\"" + method + "\"") + words::attribute("name=\"mine\""));
    }
    // The storage that the save has made, or is about to.
    std::string saved() const { return titled("mine", "/storage/"); }
    std::string phase(const std::string& storage) const {
        return read("/storage/" + storage)["attributes"]["occi_agent.phase"];
    }
    // A Linux on that image, that has signed its disk.
    std::string signer(const std::string& image) {
        auto id = compute(linux_size + "<DISKS>" + live::disk(image) + "</DISKS><NICS/>");
        BOOST_TEST_REQUIRE(says(id, "GUEST: signed " + id));
        BOOST_TEST_REQUIRE(says(id, "GUEST: ready"));
        return id;
    }
    // Whether a guest that boots from it finds that signature.
    bool bears_signature(const std::string& storage, const std::string& of) {
        const auto id = compute(linux_size + "<DISKS>" + live::disk(storage) + "</DISKS><NICS/>");
        const bool found = says(id, "GUEST: marker " + of);
        remove("/compute/" + id);
        return found;
    }
    static std::uintmax_t mebibytes(const std::string& storage) {
        namespace fs = std::filesystem;
        for (const auto* suffix : {".raw", ".qcow2"}) {
            struct stat is {};
            const auto path = fs::path(support::AgentProcess::pool) / (storage + suffix);
            if (::stat(path.c_str(), &is) == 0) return static_cast<std::uintmax_t>(is.st_blocks) * 512 >> 20;
        }
        return 0;
    }
    void leave_nothing(const std::string& image) {
        remove("/storage/" + saved());
        if (!image.empty()) remove("/storage/" + image);
        BOOST_TEST(nothing_is_left());
    }
};

const std::vector<std::string> originals{"linux.qcow2", "linux.raw"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_disk_save, Fixture)

BOOST_DATA_TEST_CASE_F(Fixture, a_guest_goes_on_while_its_disk_is_saved, data::make(originals), file) {
    const auto image = this->image(file);
    const auto guest = signer(image);
    BOOST_TEST(save(guest, "hot").status == 200);
    BOOST_TEST(all_has_ended());
    BOOST_TEST(state_of(guest) == "ACTIVE");
    const auto copy = saved();
    BOOST_TEST_REQUIRE(copy != "");
    BOOST_TEST(phase(copy) == "ready");
    const auto taken = mebibytes(copy);
    remove("/compute/" + guest);
    remove("/storage/" + image);
    BOOST_TEST(bears_signature(copy, guest));
    live::row("the disk of a Linux that runs saved, " + file,
              "another boots from it without the original, and finds what the first had written; " +
                  std::to_string(taken) + " MiB of the pool taken");
    leave_nothing("");
}

BOOST_AUTO_TEST_CASE(one_that_is_off_is_saved_at_once_whatever_the_method) {
    const auto image = this->image("linux.qcow2");
    const auto guest = signer(image);
    BOOST_TEST(put(guest, "CANCEL").status == 202);
    BOOST_TEST(becomes(guest, "STOPPED"));
    BOOST_TEST(save(guest, "deferred").status == 200);
    BOOST_TEST(all_has_ended());
    const auto copy = saved();
    BOOST_TEST(phase(copy) == "ready");
    remove("/compute/" + guest);
    remove("/storage/" + image);
    BOOST_TEST(bears_signature(copy, guest));
    leave_nothing("");
}

BOOST_AUTO_TEST_CASE(a_deferred_one_waits_for_the_next_stop_also_over_a_restart) {
    const auto image = this->image("linux.qcow2");
    const auto guest = signer(image);
    BOOST_TEST(save(guest, "deferred").status == 200);
    const auto copy = saved();
    BOOST_TEST_REQUIRE(copy != "");
    BOOST_TEST(phase(copy) == "pending");
    BOOST_TEST(save(guest, "hot").status == 409);
    agent.end(9);
    agent.start();
    BOOST_TEST(phase(copy) == "pending");
    BOOST_TEST(put(guest, "CANCEL").status == 202);
    BOOST_TEST(support::eventually([&] { return phase(copy) == "ready"; }));
    remove("/compute/" + guest);
    remove("/storage/" + image);
    BOOST_TEST(bears_signature(copy, guest));
    live::row("a deferred save, and the agent killed before the stop",
              "pending until the guest is off, then whole");
    leave_nothing("");
}

BOOST_AUTO_TEST_CASE(a_deferred_one_that_is_cancelled_leaves_nothing) {
    const auto image = this->image("micro.raw");
    const auto guest = compute("<DISKS>" + live::disk(image) + "</DISKS><NICS/>");
    BOOST_TEST(becomes(guest, "ACTIVE"));
    BOOST_TEST(save(guest, "deferred").status == 200);
    const auto copy = saved();
    BOOST_TEST(phase(copy) == "pending");
    remove("/storage/" + copy);
    BOOST_TEST(state_of(guest) == "ACTIVE");
    remove("/compute/" + guest);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
