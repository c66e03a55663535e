// What the agent shows is what libvirt has, also when somebody else changes it, and when libvirtd dies.
#define BOOST_TEST_DYN_LINK
#include "agent/base/uuid.hh"
#include "tests/live/fixture.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace {

constexpr auto foreign_id = "0c0ffee0-0000-4000-8000-000000000001";
std::string domain(const std::string& name, const std::string& id) {
    return "<domain type='qemu'><name>" + name + "</name><uuid>" + id +
           "</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type "
           "arch='i686'>hvm</type></os></domain>";
}
const std::string foreign_xml = domain("somebody-elses", foreign_id);

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_truth, live::Fixture)

BOOST_AUTO_TEST_CASE(follows_what_virsh_does) {
    const auto id = compute("<NICS/>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    node.destroy("occi-" + id);
    BOOST_TEST(becomes(id, "STOPPED"));
    node.start("occi-" + id);
    BOOST_TEST(becomes(id, "ACTIVE"));
    node.destroy("occi-" + id);
    node.undefine("occi-" + id);
    BOOST_TEST(becomes(id, "FAILED"));
    remove("/compute/" + id);
    BOOST_TEST(client.remove("/compute/" + id).status == 404);
}

BOOST_AUTO_TEST_CASE(lists_a_machine_of_somebody_else_and_never_changes_it) {
    node.define(foreign_xml);
    BOOST_TEST(becomes(foreign_id, "STOPPED"));
    const auto xml = node.xml_of("somebody-elses");
    BOOST_TEST(client.get("/compute").body.find(foreign_id) != std::string::npos);
    BOOST_TEST(put(foreign_id, "RESUME").status == 403);
    BOOST_TEST(put(foreign_id, "DONE").status == 403);
    BOOST_TEST(
        client.put(std::string("/compute/") + foreign_id, "<COMPUTE><NAME>mine</NAME></COMPUTE>").status ==
        403);
    BOOST_TEST(client.remove(std::string("/compute/") + foreign_id).status == 403);
    BOOST_TEST(node.xml_of("somebody-elses") == xml);
    node.undefine("somebody-elses");
    BOOST_TEST(becomes(foreign_id, "404"));
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(outlives_libvirtd_and_sees_what_changed_meanwhile) {
    const auto image = this->image("micro.raw");
    const auto stays = compute("<DISKS>" + live::disk(image) + "</DISKS><NICS/>"),
               dies = compute("<DISKS>" + live::disk(image) + "</DISKS><NICS/>");
    BOOST_TEST(becomes(stays, "ACTIVE"));
    BOOST_TEST(becomes(dies, "ACTIVE"));
    live::kill_libvirtd();
    BOOST_TEST(support::eventually([&] { return agent.log().find("does not answer") != std::string::npos; }));
    BOOST_TEST(state_of(stays) == "ACTIVE");
    BOOST_TEST(client.get("/storage/" + image).status == 200);
    BOOST_TEST(
        client.post("/network", "<NETWORK><NAME>x</NAME><ADDRESS>10.203.0.0</ADDRESS></NETWORK>").status ==
        503);
    live::start_libvirtd();
    live::Node again;
    again.destroy("occi-" + dies);
    BOOST_TEST(becomes(dies, "STOPPED"));
    BOOST_TEST(state_of(stays) == "ACTIVE");
    BOOST_TEST(put(stays, "SHUTDOWN").status == 202);
    BOOST_TEST(becomes(stays, "STOPPED"));
    remove("/compute/" + stays);
    remove("/compute/" + dies);
    remove("/storage/" + image);
    node = live::Node();
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(knows_everything_again_after_a_restart_of_the_agent) {
    const auto image = this->image("micro.raw");
    const auto network = this->network("10.204.0.0", "<SIZE>30</SIZE>");
    const auto id = compute("<NAME>kept</NAME><TYPE>medium</TYPE><DISKS>" + live::disk(image) +
                            "<SWAP size=\"8\"/></DISKS><NICS>" + live::nic(network) + "</NICS>");
    BOOST_TEST(becomes(id, "ACTIVE"));
    const std::vector<std::string> paths = {
        "/compute/" + id, "/network/" + network, "/storage/" + image, "/compute", "/network", "/storage"};
    std::vector<std::string> bodies;
    for (const auto& path : paths) bodies.push_back(client.get(path).body);
    agent.restart();
    for (std::size_t index = 0; index < paths.size(); ++index)
        BOOST_TEST(client.get(paths[index]).body == bodies[index]);
    remove("/compute/" + id);
    remove("/network/" + network);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

// So many that they are read through more than one connection.
BOOST_AUTO_TEST_CASE(lists_each_of_many_once) {
    std::set<Uuid> all;
    for (int number = 0; number < 150; ++number) {
        const auto id = new_uuid();
        node.define(domain("one-of-many-" + std::to_string(number), id));
        all.insert(id);
    }
    agent.restart();
    const auto listed = [&] {
        const auto body = client.get("/compute").body;
        return std::ranges::count_if(all, [&](const Uuid& id) {
            const auto at = body.find("/compute/" + id);
            return at != std::string::npos && body.find("/compute/" + id, at + 1) == std::string::npos;
        });
    };
    BOOST_TEST(support::eventually([&] { return listed() == 150; }));
    for (int number = 0; number < 150; ++number) node.undefine("one-of-many-" + std::to_string(number));
    BOOST_TEST(support::eventually([&] { return listed() == 0; }));
}

BOOST_AUTO_TEST_CASE(takes_back_what_a_killed_agent_left_half_made) {
    const auto image = this->image("micro.raw");
    const auto id = compute("<DISKS>" + live::disk(image) + "<FS size=\"512\" format=\"ext4\"/></DISKS>");
    agent.end(9);
    agent.start();
    BOOST_TEST(support::eventually([&] { return state_of(id) == "ACTIVE" || state_of(id) == "FAILED"; }));
    remove("/compute/" + id);
    remove("/storage/" + image);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
