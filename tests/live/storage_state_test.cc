// Storages that grow, are copied and are switched off, as guests that boot from them see it.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/live/row.hh"
#include "tests/support/words.hh"

#include <nlohmann/json.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace data = boost::unit_test::data;
using nlohmann::json;

namespace {

struct Fixture : live::Fixture {
    explicit Fixture(const support::AgentSettings& settings = {}) : live::Fixture(settings) {}

    std::string state(const std::string& storage) const {
        return read("/storage/" + storage)["attributes"]["occi.storage.state"];
    }
    int act(const std::string& storage, const std::string& action, const std::string& size = {}) const {
        const auto attribute = size.empty() ? "" : words::attribute("size=" + size);
        return act_to_the_end("/storage/" + storage, action, attribute).status;
    }
    std::string boot(const std::string& storage) {
        return compute("<DISKS>" + live::disk(storage) + "</DISKS><NICS/>");
    }
};

struct OfLinux : Fixture {
    OfLinux() : Fixture({.arch = "x86_64"}) {}
};

const std::vector<std::string> linuxes{"linux.qcow2", "linux.raw"};
const std::vector<std::string> micros{"micro.qcow2", "micro.raw"};

} // namespace

BOOST_AUTO_TEST_SUITE(live_storage_state)

BOOST_DATA_TEST_CASE_F(OfLinux, a_guest_sees_that_its_image_has_grown, data::make(linuxes), file) {
    const auto image = this->image(file);
    BOOST_TEST(act(image, "resize", "0.0625") == 200);
    BOOST_TEST(read("/storage/" + image)["attributes"]["occi.storage.size"] == 0.0625);
    BOOST_TEST(act(image, "resize", "0.03125") == 409);
    const auto guest = compute("<TYPE>custom</TYPE><CPU>1</CPU><MEMORY>160</MEMORY><DISKS>" +
                               live::disk(image) + "</DISKS><NICS/>");
    BOOST_TEST(says(guest, "GUEST: disk vda 67108864 boot"));
    BOOST_TEST(act(image, "resize", "0.125") == 409);
    remove("/compute/" + guest);
    remove("/storage/" + image);
    live::row("an image made larger, " + file, "its guest boots, and has a disk of 64 MiB");
    BOOST_TEST(nothing_is_left());
}

BOOST_DATA_TEST_CASE_F(Fixture, a_snapshot_boots_when_its_original_is_gone, data::make(micros), file) {
    const auto image = this->image(file);
    const auto first = boot(image); // whoever has cloned it
    BOOST_TEST(says(first, "MICRO: UP"));
    BOOST_TEST(act(image, "snapshot") == 200);
    const auto copy = other_than(image, "/storage/");
    BOOST_TEST_REQUIRE(copy != "");
    BOOST_TEST(state(copy) == "online");
    remove("/compute/" + first);
    remove("/storage/" + image);
    const auto second = boot(copy);
    BOOST_TEST(says(second, "MICRO: UP"));
    remove("/compute/" + second);
    remove("/storage/" + copy);
    live::row("a snapshot of " + file, "boots without its original");
    BOOST_TEST(nothing_is_left());
}

BOOST_FIXTURE_TEST_CASE(a_backup_is_used_when_it_is_brought_online, Fixture) {
    const auto image = this->image("micro.raw");
    BOOST_TEST(act(image, "backup") == 200);
    const auto copy = other_than(image, "/storage/");
    BOOST_TEST_REQUIRE(copy != "");
    BOOST_TEST(state(copy) == "offline");
    const auto refused =
        client.post("/compute", "<COMPUTE><DISKS>" + live::disk(copy) + "</DISKS><NICS/></COMPUTE>");
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(refused.body.find("storage " + copy + " is offline") != std::string::npos);
    agent.restart();
    BOOST_TEST(state(copy) == "offline");
    BOOST_TEST(act(copy, "online") == 200);
    const auto guest = boot(copy);
    BOOST_TEST(says(guest, "MICRO: UP"));
    BOOST_TEST(act(copy, "offline") == 409);
    BOOST_TEST(state(copy) == "online");
    remove("/compute/" + guest);
    remove("/storage/" + copy);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
