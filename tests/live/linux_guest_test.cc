// A real Linux that boots from its DISK: the proof that the pieces fit a guest that people run.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"

#include <boost/test/unit_test.hpp>

namespace {

struct Fixture : live::Fixture {
    Fixture() : live::Fixture({.arch = "x86_64"}) {}
};

constexpr auto guest = "linux.qcow2";
const std::string size = "<TYPE>custom</TYPE><CPU>1</CPU><MEMORY>160</MEMORY>";

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_linux_guest, Fixture)

BOOST_AUTO_TEST_CASE(boots_gets_its_address_sees_its_disks_and_powers_off_by_acpi) {
    const auto image = this->image(guest);
    const auto network = this->network("10.202.0.0");
    const auto id = compute("<NAME>linux</NAME>" + size + "<DISKS>" + live::disk(image) +
                            "<SWAP size=\"16\"/><FS size=\"32\" format=\"ext4\"/></DISKS><NICS>" +
                            live::nic(network, "10.202.0.7") + "</NICS>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(says(id, "GUEST: ready"));
    BOOST_TEST(says(id, "GUEST: disk vdb 16777216 swap"));
    BOOST_TEST(says(id, "GUEST: disk vdc 33554432 ext4"));
    BOOST_TEST(says(id, "GUEST: dhcp eth0 10.202.0.7"));
    BOOST_TEST(live::answers_ping("10.202.0.7"));
    BOOST_TEST(put(id, "SHUTDOWN").status == 202);
    BOOST_TEST(becomes(id, "STOPPED"));
    BOOST_TEST(says(id, "GUEST: power button"));
    remove("/compute/" + id);
    remove("/network/" + network);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(keeps_its_writes_and_does_not_share_them) {
    const auto image = this->image(guest);
    const auto first = compute(size + "<DISKS>" + live::disk(image) + "</DISKS><NICS/>");
    BOOST_TEST(says(first, "GUEST: signed " + first));
    // The second one boots from the same image after the first one wrote to its disk.
    const auto second = compute(size + "<DISKS>" + live::disk(image) + "</DISKS><NICS/>");
    BOOST_TEST(says(second, "GUEST: marker none"));
    BOOST_TEST(says(second, "GUEST: signed " + second));
    BOOST_TEST(put(first, "CANCEL").status == 202);
    BOOST_TEST(becomes(first, "STOPPED"));
    BOOST_TEST(put(first, "RESUME").status == 202);
    BOOST_TEST(says(first, "GUEST: marker " + first));
    remove("/compute/" + first);
    remove("/compute/" + second);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
