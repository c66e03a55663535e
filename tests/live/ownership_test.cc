// What is ours on a real libvirt, beside virsh and virt-clone, and beside another agent (issue 11: 2, 3, 12, 14).
#define BOOST_TEST_DYN_LINK
#include "agent/base/process.hh"
#include "tests/live/fixture.hh"
#include "tests/support/eventually.hh"
#include "tests/support/words.hh"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <libvirt/virterror.h>
#include <string>
#include <vector>

namespace {

constexpr auto copy_id = "0c0ffee0-0000-4000-8000-0000000000c0";

void replace_all(std::string& text, const std::string& old, const std::string& fresh) {
    for (auto at = text.find(old); at != text.npos; at = text.find(old, at + fresh.size()))
        text.replace(at, old.size(), fresh);
}

struct Fixture : live::Fixture {
    std::string original = image("micro.raw");

    std::string machine(const std::string& nics = "<NICS/>") {
        const auto id = compute("<DISKS>" + live::disk(original) + "</DISKS>" + nics);
        BOOST_REQUIRE(becomes(id, "ACTIVE"));
        return id;
    }
    std::string path_of(const std::string& machine) const {
        const auto xml = node.definition_of("occi-" + machine);
        const auto at = xml.find("<source file='") + 14;
        return xml.substr(at, xml.find('\'', at) - at);
    }
    // What virt-clone makes of it: other names, other file; `forged`: also inside of our note.
    std::string copy_of(const std::string& machine, const std::string& file, bool forged) const {
        auto xml = node.definition_of("occi-" + machine);
        const auto note = xml.find("<metadata>"), end = xml.find("</metadata>");
        auto metadata = xml.substr(note, end - note);
        xml.replace(note, end - note, "NOTE");
        replace_all(xml, machine, copy_id);
        replace_all(xml, "occi-" + std::string(copy_id) + "</name>", "a-clone</name>");
        replace_all(xml, path_of(machine), file);
        replace_all(xml, "52:54:00", "52:54:01");
        if (forged) replace_all(metadata, machine, copy_id);
        replace_all(xml, "NOTE", metadata);
        return xml;
    }
    void refuses_all(const std::string& id) const {
        BOOST_TEST(client.remove("/compute/" + id).status == 403);
        for (const auto* state : {"RESUME", "DONE"}) BOOST_TEST(put(id, state).status == 403);
        BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><NAME>x</NAME></COMPUTE>").status == 403);
    }
    static bool names(const support::Answer& answer, const std::string& who) {
        BOOST_TEST_MESSAGE(answer.status << " " << answer.body);
        return answer.status == 409 && answer.body.find(who) != std::string::npos;
    }
    static std::string domain_with(const std::string& disk) {
        return "<domain type='qemu'><name>somebody-elses</name><uuid>" + std::string(copy_id) +
               "</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type arch='i686'>hvm</type></os>"
               "<devices>" +
               disk + "</devices></domain>";
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_ownership, Fixture)

BOOST_AUTO_TEST_CASE(a_copy_is_of_others_and_the_original_stays_whole) {
    const auto network = this->network();
    const auto id = machine("<NICS>" + live::nic(network, "10.201.0.7") + "</NICS>");
    const auto disk = path_of(id), own_file = (agent.folder() / "clone.qcow2").string();
    for (const bool forged : {false, true}) {
        std::ofstream(own_file) << "its own";
        node.define(copy_of(id, own_file, forged));
        BOOST_TEST(becomes(copy_id, "STOPPED"));
        refuses_all(copy_id);
        agent.restart();
        BOOST_TEST(becomes(copy_id, "STOPPED"));
        refuses_all(copy_id);
        BOOST_TEST(std::filesystem::exists(own_file));
        BOOST_TEST(std::filesystem::exists(disk));
        BOOST_TEST(state_of(id) == "ACTIVE");
        node.undefine("a-clone");
        BOOST_TEST(becomes(copy_id, "404"));
    }
    remove("/compute/" + id);
    remove("/network/" + network);
    remove("/storage/" + original);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(a_copied_network_is_of_others) {
    const auto id = network();
    virNetworkPtr ours = virNetworkLookupByUUIDString(node.connection(), id.c_str());
    BOOST_REQUIRE(ours);
    char* text = virNetworkGetXMLDesc(ours, VIR_NETWORK_XML_INACTIVE);
    std::string xml = text;
    std::free(text);
    const std::string name = virNetworkGetName(ours), digits = id.substr(0, 8);
    virNetworkFree(ours);
    const auto mark = xml.find("<metadata>"), end = xml.find("</metadata>");
    const auto metadata = xml.substr(mark, end - mark);
    xml.replace(mark, end - mark, "MARK");
    replace_all(xml, name, "a-copy");
    replace_all(xml, id, copy_id);
    replace_all(xml, "occi" + digits, "virbr77");
    replace_all(xml, "10.201.0.", "10.202.0.");
    replace_all(xml, "MARK", metadata);
    for (auto at = xml.find("<mac "); at != xml.npos; at = xml.find("<mac "))
        xml.erase(at, xml.find("/>", at) + 2 - at);
    virNetworkPtr copy = virNetworkDefineXML(node.connection(), xml.c_str());
    BOOST_REQUIRE_MESSAGE(copy, virGetLastErrorMessage() << xml);
    const auto path = std::string("/network/") + copy_id;
    BOOST_TEST(support::eventually([&] { return client.get(path).status == 200; }));
    BOOST_TEST(client.remove(path).status == 403);
    BOOST_TEST(act(path, "up").status == 403);
    BOOST_TEST(virNetworkUndefine(copy) == 0);
    virNetworkFree(copy);
    remove("/network/" + id);
    remove("/storage/" + original);
    BOOST_TEST(nothing_is_left());
}

// By file, by a link to it, by pool and volume, and by an overlay.
BOOST_AUTO_TEST_CASE(a_storage_in_a_domain_of_others_is_in_use) {
    const std::string pool = support::AgentProcess::pool;
    const auto file = pool + "/" + original + ".raw";
    BOOST_REQUIRE(std::filesystem::exists(file));
    const auto link = (agent.folder() / "link").string();
    std::filesystem::create_symlink(file, link);
    const std::string tail = "<target dev='vda' bus='virtio'/></disk>";
    const auto by_file = [&](const std::string& path) {
        return "<disk type='file'><driver name='qemu' type='raw'/><source file='" + path + "'/>" + tail;
    };
    std::vector<std::string> ways{
        by_file(file), by_file(link),
        "<disk type='volume'><driver name='qemu' type='raw'/><source pool='occi' volume='" + original +
            ".raw'/>" + tail};
    const auto overlay = (agent.folder() / "overlay.qcow2").string();
    const auto program = process::find("qemu-img");
    BOOST_REQUIRE(program.has_value());
    if (process::run(*program, {"create", "-q", "-f", "qcow2", "-F", "raw", "-b", file, overlay},
                     std::chrono::seconds(20))
            .status == 0)
        ways.push_back("<disk type='file'><driver name='qemu' type='qcow2'/><source file='" + overlay +
                       "'/>" + tail);
    for (const auto& way : ways) {
        node.define(domain_with(way));
        BOOST_TEST(becomes(copy_id, "STOPPED"));
        BOOST_TEST(names(client.remove("/storage/" + original), copy_id), way);
        BOOST_TEST(names(act("/storage/" + original, "offline"), copy_id));
        BOOST_TEST(names(act("/storage/" + original, "resize", words::attribute("size=1.0")), copy_id));
        BOOST_TEST(std::filesystem::exists(file));
        node.undefine("somebody-elses");
        BOOST_TEST(becomes(copy_id, "404"));
    }
    remove("/storage/" + original);
    BOOST_TEST(!std::filesystem::exists(file));
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(a_machine_that_virsh_undefines_stays_and_is_made_again_or_deleted) {
    const auto network = this->network();
    const auto id = machine("<NICS>" + live::nic(network, "10.201.0.7") + "</NICS>");
    const auto disk = path_of(id);
    node.undefine("occi-" + id); // it goes on, and is running
    BOOST_TEST(state_of(id) == "ACTIVE");
    node.destroy("occi-" + id);
    BOOST_TEST(becomes(id, "FAILED"));
    BOOST_TEST(live::element(client.get("/compute/" + id).body, "MESSAGE") == "undefined by others");
    BOOST_TEST(client.get("/-/health").body.find("undefined by others") != std::string::npos);
    BOOST_TEST(names(client.remove("/storage/" + original), id));
    BOOST_TEST(names(client.remove("/network/" + network), id));
    agent.restart();
    BOOST_TEST(becomes(id, "FAILED"));
    BOOST_TEST(act("/compute/" + id, "start").status == 200);
    BOOST_TEST(becomes(id, "ACTIVE"));
    BOOST_TEST(path_of(id) == disk);
    node.destroy("occi-" + id);
    node.undefine("occi-" + id);
    BOOST_TEST(becomes(id, "FAILED"));
    remove("/compute/" + id);
    BOOST_TEST(!std::filesystem::exists(disk));
    const auto again = machine("<NICS>" + live::nic(network, "10.201.0.7") + "</NICS>");
    remove("/compute/" + again);
    remove("/network/" + network);
    remove("/storage/" + original);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(a_second_agent_shows_the_first_ones_and_changes_nothing) {
    const auto network = this->network();
    const auto id = machine("<NICS>" + live::nic(network, "10.201.0.7") + "</NICS>");
    {
        support::AgentProcess second; // another state folder, the same pool and libvirt
        const auto& other = second.client();
        BOOST_TEST(other.get("/compute/" + id).status == 200);
        BOOST_TEST(other.get("/network/" + network).status == 200);
        BOOST_TEST(other.get("/storage/" + original).status == 200);
        for (const auto& path : {"/compute/" + id, "/network/" + network})
            BOOST_TEST(other.remove(path).status == 403, path);
        const auto refused = other.remove("/storage/" + original);
        BOOST_TEST(refused.status == 503);
        BOOST_TEST(refused.body.find("another agent") != std::string::npos);
        BOOST_TEST(other.put("/compute/" + id, "<COMPUTE><STATE>CANCEL</STATE></COMPUTE>").status == 503);
        const auto made =
            other.post("/compute", "<COMPUTE><DISKS>" + live::disk(original) + "</DISKS></COMPUTE>");
        BOOST_TEST(made.status == 503);
        BOOST_TEST(made.body.find("another agent") != std::string::npos);
        const auto health = other.get("/-/health").body;
        BOOST_TEST(health.find("degraded") != std::string::npos);
        BOOST_TEST(health.find("another agent") != std::string::npos);
        second.restart();
        BOOST_TEST(support::eventually([&] { return other.get("/compute/" + id).status == 200; }));
        BOOST_TEST(other.remove("/compute/" + id).status == 403);
    }
    BOOST_TEST(state_of(id) == "ACTIVE");
    agent.restart(); // and has its pool back
    BOOST_TEST(becomes(id, "ACTIVE"));
    remove("/compute/" + id);
    remove("/network/" + network);
    remove("/storage/" + original);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_CASE(with_a_lost_store_what_is_ours_stays_ours) {
    const auto network = this->network();
    const auto id = machine("<NICS>" + live::nic(network, "10.201.0.7") + "</NICS>");
    agent.end();
    std::filesystem::remove_all(agent.state());
    agent.start();
    BOOST_TEST(becomes(id, "ACTIVE"));
    // Until it is found out whose it is nobody is told that it is of others.
    BOOST_TEST(support::eventually([&] { return put(id, "SUSPENDED").status != 503; }));
    BOOST_TEST(becomes(id, "SUSPENDED"));
    remove("/compute/" + id);
    remove("/network/" + network);
    remove("/storage/" + original);
    BOOST_TEST(nothing_is_left());
}

BOOST_AUTO_TEST_SUITE_END()
