// The 512-byte guest: quick enough for every path through a machine's life.
#define BOOST_TEST_DYN_LINK
#include "tests/live/fixture.hh"
#include "tests/support/eventually.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

namespace data = boost::unit_test::data;

BOOST_FIXTURE_TEST_SUITE(live_micro_guest, live::Fixture)

BOOST_AUTO_TEST_CASE(lives_its_whole_life_and_leaves_nothing) {
    const auto image = this->image("micro.raw");
    const auto network = this->network();
    const auto id = compute("<NAME>web</NAME><TYPE>small</TYPE><DISKS>" + live::disk(image) +
                            "<SWAP size=\"16\"/><FS size=\"16\" format=\"ext4\"/></DISKS><NICS>" +
                            live::nic(network, "10.201.0.7") + "</NICS>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(says(id, "MICRO: UP"));
    const auto body = client.get("/compute/" + id).body;
    BOOST_TEST(body.find("<DISK image=\"" + image + "\"") != std::string::npos);
    BOOST_TEST(body.find("<SWAP size=\"16\" dev=\"vdb\"/><FS size=\"16\" format=\"ext4\" dev=\"vdc\"/>") !=
               std::string::npos);
    BOOST_TEST(live::element(body, "IP") == "10.201.0.7");
    BOOST_TEST(node.is_running("occi-" + id));

    BOOST_TEST(put(id, "SUSPENDED").status == 202);
    BOOST_TEST(becomes(id, "SUSPENDED"));
    BOOST_TEST(put(id, "RESUME").status == 202);
    BOOST_TEST(becomes(id, "ACTIVE"));

    BOOST_TEST(put(id, "STOPPED").status == 202);
    BOOST_TEST(becomes(id, "STOPPED"));
    BOOST_TEST(put(id, "RESUME").status == 202);
    BOOST_TEST(becomes(id, "ACTIVE"));

    BOOST_TEST(put(id, "SHUTDOWN").status == 202);
    BOOST_TEST(becomes(id, "STOPPED"));
    BOOST_TEST(says(id, "MICRO: BYE"));
    BOOST_TEST(put(id, "RESUME").status == 202);
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(put(id, "RESET").status == 202);
    BOOST_TEST(put(id, "CANCEL").status == 202);
    BOOST_TEST(becomes(id, "STOPPED"));

    BOOST_TEST(client.remove("/storage/" + image).status == 409);
    BOOST_TEST(client.remove("/network/" + network).status == 409);
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    BOOST_TEST(client.get("/compute/" + id).status == 404);
    remove("/network/" + network);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(is_deleted_while_it_runs_within_the_five_seconds) {
    const auto image = this->image("micro.raw");
    const auto id = compute("<DISKS>" + live::disk(image) + "</DISKS>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(is_deleted_while_it_is_made) {
    const auto image = this->image("micro.raw");
    for (int round = 0; round < 5; ++round) {
        const auto id = compute("<DISKS>" + live::disk(image) + "<FS size=\"64\" format=\"ext4\"/></DISKS>");
        remove("/compute/" + id);
    }
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(that_is_deaf_is_forced_off_by_shutdown_and_left_alone_by_poweroff) {
    const auto image = this->image("deaf.raw");
    const auto id = compute("<DISKS>" + live::disk(image) + "</DISKS><NICS/>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(put(id, "POWEROFF").status == 202);
    BOOST_TEST(support::eventually(
        [&] { return agent.log().find("ignored the power button") != std::string::npos; }));
    BOOST_TEST(state_of(id) == "ACTIVE");
    BOOST_TEST(put(id, "SHUTDOWN").status == 202);
    BOOST_TEST(becomes(id, "STOPPED"));
    remove("/compute/" + id);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(boots_from_a_qcow2_original_as_well) {
    const auto image = this->image("micro.qcow2");
    const auto id = compute("<DISKS>" + live::disk(image) + "</DISKS><NICS/>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(says(id, "MICRO: UP"));
    remove("/compute/" + id);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(runs_on_a_bridge_of_the_host_and_on_a_network_that_leads_out) {
    const live::HostBridge bridge("occitest0");
    const auto on_bridge =
        client.post("/network", "<NETWORK><NAME>lan</NAME><BRIDGE>occitest0</BRIDGE></NETWORK>");
    const auto out = client.post(
        "/network", "<NETWORK><NAME>out</NAME><ADDRESS>10.208.0.0</ADDRESS><MODE>nat</MODE></NETWORK>");
    BOOST_REQUIRE_EQUAL(on_bridge.status, 201);
    BOOST_REQUIRE_EQUAL(out.status, 201);
    const auto id =
        compute("<NICS>" + live::nic(on_bridge.id()) + live::nic(out.id(), "10.208.0.5") + "</NICS>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    const auto xml = node.xml_of("occi-" + id);
    BOOST_TEST(xml.find("bridge='occitest0'") != std::string::npos);
    BOOST_TEST(client.get("/compute/" + id).body.find("<IP>10.208.0.5</IP>") != std::string::npos);
    remove("/compute/" + id);
    remove("/network/" + on_bridge.id());
    remove("/network/" + out.id());
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(runs_many_times_side_by_side) {
    constexpr int many = 8;
    const auto image = this->image("micro.raw");
    std::vector<std::string> ids;
    for (int index = 0; index < many; ++index)
        ids.push_back(compute("<NAME>n</NAME><DISKS>" + live::disk(image) + "</DISKS>"));
    for (const auto& id : ids) BOOST_TEST(becomes(id, "ACTIVE"));
    for (const auto& id : ids) remove("/compute/" + id);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_DATA_TEST_CASE(keeps_any_name_exactly_and_out_of_libvirt_s_names,
                     data::make({"../../x", "json:{}", "-o", "&lt;&amp;&apos;&quot;&gt;",
                                 "\xC3\xA9\xE6\xBC\xA2\xF0\x9F\x90\xA7", "  blanks  "}),
                     name) {
    const auto id = compute(std::string("<NAME>") + name + "</NAME><NICS/>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    const auto first = live::element(client.get("/compute/" + id).body, "NAME");
    agent.restart();
    BOOST_TEST(live::element(client.get("/compute/" + id).body, "NAME") == first);
    BOOST_TEST(node.is_running("occi-" + id));
    remove("/compute/" + id);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(keeps_the_name_that_it_was_given_while_it_was_saved) {
    const auto id = compute("<NAME>old</NAME><NICS/>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(put(id, "STOPPED").status == 202);
    BOOST_TEST(becomes(id, "STOPPED"));
    BOOST_TEST(node.state_of("occi-" + id) == "saved");
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><NAME>&lt;new&gt;</NAME></COMPUTE>").status == 202);
    const auto is_renamed = [&] {
        return live::element(client.get("/compute/" + id).body, "NAME") == "&lt;new&gt;";
    };
    BOOST_TEST(support::eventually(is_renamed));
    BOOST_TEST(put(id, "RESUME").status == 202);
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(is_renamed());
    BOOST_TEST(node.xml_of("occi-" + id).find("<title>&lt;new&gt;</title>") != std::string::npos);
    remove("/compute/" + id);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(that_cannot_start_is_failed_with_the_reason_and_leaves_nothing) {
    const auto image = this->image("micro.raw");
    // More memory than any machine of ours has: QEMU itself refuses, at the last step.
    const auto id = compute("<TYPE>custom</TYPE><CPU>1</CPU><MEMORY>16777216</MEMORY><DISKS>" +
                            live::disk(image) + "</DISKS>");
    BOOST_TEST(becomes(id, "FAILED"));
    BOOST_TEST(!live::element(client.get("/compute/" + id).body, "MESSAGE").empty());
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
