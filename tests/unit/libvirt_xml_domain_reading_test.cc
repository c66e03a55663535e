#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "tests/unit/domain_example.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace bdata = boost::unit_test::data;
using namespace domain_example;

BOOST_AUTO_TEST_SUITE(libvirt_xml_domain_reading)

BOOST_AUTO_TEST_CASE(is_read_back_as_what_was_defined) {
    const auto document = with_xml_of_libvirt(to_domain_xml(id, completed(example_spec()), example_frame()));
    const auto machine = from_domain_xml(document, some_agent, network_of);
    auto expected = completed(example_spec());
    expected.arch = "x86_64";
    expected.nics[0].device = "vnet3";
    BOOST_TEST(machine.ours);
    BOOST_TEST(machine.id == id);
    BOOST_TEST((machine.spec == expected));
    BOOST_TEST((spec_in_note(document) == completed(example_spec())));
}

BOOST_AUTO_TEST_CASE(keeps_a_memory_that_libvirt_only_rounded_up) {
    auto spec = example_spec();
    spec.memory = 1'000'001;
    const auto document = to_domain_xml(id, completed(spec), example_frame());
    BOOST_TEST(document.find("<memory unit=\"KiB\">977</memory>") != std::string::npos);
    BOOST_TEST(from_domain_xml(document, some_agent, network_of).spec.memory == 1'000'001U);
}

BOOST_AUTO_TEST_CASE(shows_what_an_operator_changed_and_keeps_the_addresses_of_the_machine) {
    const auto note =
        "<metadata><o:machine xmlns:o='urn:occi-agent:machine:1' cores='1' memory='1048576' owner='anna'>"
        "<o:nic network='n' mac='52:54:00:00:00:01' address='10.1.0.2'/></o:machine></metadata>";
    const auto machine =
        from_domain_xml("<domain><uuid>u</uuid><name>occi-u</name>" + std::string(note) +
                            "<memory unit='KiB'>4096</memory><vcpu>4</vcpu><devices>"
                            "<disk type='file' device='disk'><target dev='vdb'/></disk><disk "
                            "device='cdrom'><target dev='hdc'/></disk>"
                            "<interface type='bridge'><mac address='52:54:00:AA:00:02'/><source "
                            "bridge='br0'/></interface></devices></domain>",
                        some_agent, network_of);
    BOOST_TEST(machine.ours);
    BOOST_TEST(machine.spec.cores == 4U);
    BOOST_TEST(machine.spec.memory == 4096U * 1024);
    BOOST_REQUIRE(machine.spec.disks.size() == 1U);
    BOOST_TEST((machine.spec.disks[0].content == Content::foreign));
    BOOST_TEST(machine.spec.disks[0].target == "vdb");
    BOOST_REQUIRE(machine.spec.nics.size() == 2U);
    BOOST_TEST(machine.spec.nics[0].network == "n");
    BOOST_TEST(machine.spec.nics[1].mac == "52:54:00:aa:00:02");
}

// What a guest is seen to have, and what its definition says, as libvirt writes them.
std::string domain_of(const std::string& cores, const std::string& memory) {
    return "<domain><uuid>u</uuid><metadata><machine xmlns='urn:occi-agent:machine:1' machine='u' agent='" +
           some_agent + "' cores='2' memory='1048576'/></metadata>" + cores + memory + "</domain>";
}
const std::string two_cores = "<vcpu placement='static' current='2'>4</vcpu>",
                  a_mebibyte =
                      "<memory unit='KiB'>1024</memory><currentMemory unit='KiB'>1024</currentMemory>";

BOOST_AUTO_TEST_CASE(that_is_what_its_note_says_waits_for_nothing) {
    const auto machine = from_domain_xml(domain_of(two_cores, a_mebibyte), some_agent, network_of);
    BOOST_TEST(machine.spec.cores == 2U);
    BOOST_TEST(!machine.now.has_value());
}

BOOST_AUTO_TEST_CASE(that_waits_for_its_next_start_tells_both_sizes) {
    const auto balloon = "<memory unit='KiB'>4096</memory><currentMemory unit='KiB'>3072</currentMemory>";
    auto machine = from_domain_xml(domain_of("<vcpu>1</vcpu>", balloon), some_agent, network_of);
    BOOST_REQUIRE(machine.now.has_value());
    take_next_sizes(machine, domain_of(two_cores, a_mebibyte));
    BOOST_REQUIRE(machine.now.has_value());
    BOOST_TEST((*machine.now == Sizes{1, 3 << 20}));
    BOOST_TEST(machine.spec.cores == 2U);
    BOOST_TEST(machine.spec.memory == 1048576U);
}

BOOST_AUTO_TEST_CASE(that_somebody_else_has_resized_now_and_for_later_waits_for_nothing) {
    const auto other = domain_of("<vcpu>3</vcpu>", "<memory unit='KiB'>8192</memory>");
    auto machine = from_domain_xml(other, some_agent, network_of);
    take_next_sizes(machine, other);
    BOOST_TEST(!machine.now.has_value());
    BOOST_TEST(machine.spec.cores == 3U);
    BOOST_TEST(machine.spec.memory == 8U << 20);
}

struct Changed {
    std::string how;
    std::string devices; // in libvirt's XML, where the note has vda on /pool/a.qcow2 and vdb on /pool/b.raw
    std::vector<std::string> shown;
};

std::ostream& operator<<(std::ostream& out, const Changed& changed) { return out << changed.how; }

const std::string vda = "<disk><source file='/pool/a.qcow2'/><target dev='vda'/></disk>";
const std::string vdb = "<disk><source file='/pool/b.raw'/><target dev='vdb'/></disk>";
const std::vector<Changed> changes{
    {"nothing", vda + vdb, {"vda image", "vdb filesystem"}},
    {"one is unplugged", vda, {"vda image"}},
    {"all are unplugged", "", {}},
    {"one is moved",
     vda + "<disk><source file='/pool/b.raw'/><target dev='vdc'/></disk>",
     {"vda image", "vdc filesystem"}},
    {"one is added",
     vda + vdb + "<disk><source file='/x'/><target dev='vdc'/></disk>",
     {"vda image", "vdb filesystem", "vdc foreign"}},
    {"another one is in its place",
     vda + "<disk><source file='/x'/><target dev='vdb'/></disk>",
     {"vda image", "vdb foreign"}},
    {"a snapshot is on top of it",
     vda + "<disk><source file='/x'/><target dev='vdb'/><serial>22222222-3333-4444-5</serial></disk>",
     {"vda image", "vdb filesystem"}},
    {"a copy of it is elsewhere",
     vda + vdb + "<disk><source file='/x'/><target dev='vdc'/><serial>22222222-3333-4444-5</serial></disk>",
     {"vda image", "vdb filesystem", "vdc foreign"}},
    {"a CD holds it", vda + "<disk device='cdrom'><source file='/pool/b.raw'/></disk>", {"vda image"}},
};

BOOST_DATA_TEST_CASE(shows_the_disks_that_libvirt_has_as_the_note_knows_them, bdata::make(changes), changed) {
    const std::string note =
        "<metadata><machine xmlns='urn:occi-agent:machine:1' cores='1' memory='0'>"
        "<disk content='image' volume='11111111-2222-3333-4444-555555555555' bytes='9' target='vda'>"
        "<layer path='/pool/a.qcow2' format='qcow2'/><layer path='/pool/base.raw' format='raw'/></disk>"
        "<disk content='filesystem' volume='22222222-3333-4444-5555-666666666666' bytes='9' target='vdb'>"
        "<layer path='/pool/b.raw' format='raw'/></disk></machine></metadata>";
    const auto machine = from_domain_xml("<domain><uuid>u</uuid><name>occi-u</name>" + note + "<devices>" +
                                             changed.devices + "</devices></domain>",
                                         some_agent, network_of);
    std::vector<std::string> shown;
    for (const auto& disk : machine.spec.disks)
        shown.push_back(disk.target + (disk.content == Content::image     ? " image"
                                       : disk.content == Content::foreign ? " foreign"
                                                                          : " filesystem"));
    BOOST_TEST(shown == changed.shown, boost::test_tools::per_element());
}

// A guest that was asked for its disk may let it go when nobody waits for that any more.
BOOST_AUTO_TEST_CASE(keeps_a_disk_that_only_later_starts_have) {
    auto spec = completed(example_spec());
    const auto later = to_domain_xml(id, spec, example_frame());
    auto now = later;
    const auto second = now.rfind("<disk type=");
    now.erase(second, now.find("</disk>", second) + 7 - second);
    int asked = 0;
    const auto definition = [&] {
        ++asked;
        return later;
    };
    BOOST_TEST(from_domain_xml(now, some_agent, network_of).spec.disks.size() == 1U);
    const auto disks = from_domain_xml(now, some_agent, network_of, definition).spec.disks;
    BOOST_TEST_REQUIRE(disks.size() == 2U);
    BOOST_TEST(disks[1].target == "vdb");
    BOOST_TEST(asked == 1);
    BOOST_TEST(from_domain_xml(later, some_agent, network_of, definition).spec.disks.size() == 2U);
    BOOST_TEST(asked == 1, "it was asked for nothing");
}

BOOST_AUTO_TEST_CASE(finds_the_devices_of_a_domain_whatever_they_are) {
    const auto disks = disks_in(
        "<domain><devices><disk device='disk'><source file='/pool/a'/><target dev='vda'/>"
        "<serial>s</serial><alias name='ua-disk-vda'/></disk><disk device='cdrom'><target dev='hdc'/>"
        "</disk></devices></domain>");
    BOOST_REQUIRE(disks.size() == 2U);
    BOOST_TEST(disks[0].target == "vda");
    BOOST_TEST(disks[0].file == "/pool/a");
    BOOST_TEST(disks[0].serial == "s");
    BOOST_TEST(disks[0].alias == "ua-disk-vda");
    BOOST_TEST(disks[0].is_disk);
    BOOST_TEST(disks[1].target == "hdc");
    BOOST_TEST(!disks[1].is_disk);
    BOOST_TEST(disks_in("<domain/>").empty());
}

BOOST_AUTO_TEST_CASE(knows_the_files_of_a_disk_when_the_document_leaves_none_open) {
    const auto device_with = [](const std::string& backing) {
        return disks_in("<domain><devices><disk><driver type='qcow2'/><source file='/pool/a.snap'/>"
                        "<target dev='vda'/>" +
                        backing + "</disk></devices></domain>")
            .front();
    };
    const auto layer = [](const std::string& format, const std::string& inside) {
        return "<backingStore type='file'><format type='" + format + "'/><source file='/pool/a.raw'/>" +
               inside + "</backingStore>";
    };
    const std::vector<hv::Layer> both{{"/pool/a.snap", Format::qcow2}, {"/pool/a.raw", Format::raw}};
    const auto alone = device_with("<backingStore/>"), backed = device_with(layer("raw", "<backingStore/>"));
    BOOST_TEST((alone.layers == std::vector{both.front()}));
    BOOST_TEST((backed.layers == both));
    BOOST_TEST((alone.is_whole && backed.is_whole));
    for (const auto& open :
         {std::string(), layer("raw", ""), layer("vmdk", "<backingStore/>"),
          std::string("<backingStore type='network'><format type='raw'/></backingStore>")}) {
        BOOST_TEST(!device_with(open).is_whole);
        BOOST_TEST((device_with(open).layers.front() == both.front()));
    }
}

BOOST_AUTO_TEST_CASE(has_the_files_that_libvirt_shows_and_not_those_of_its_note) {
    auto spec = MachineSpec();
    Disk disk;
    disk.volume = "11111111-2222-3333-4444-555555555555";
    disk.target = "vda";
    disk.layers = {{"/pool/a.qcow2", Format::qcow2}, {"/pool/base.raw", Format::raw}};
    spec.disks.push_back(disk);
    const auto shown = [&](const std::string& file, const std::string& backing) {
        return from_domain_xml(
                   "<domain><name>n</name><uuid>" + disk.volume + "</uuid><metadata>" +
                       hv::to_note(spec, {disk.volume, some_agent}) +
                       "</metadata><devices><disk device='disk'><driver type='qcow2'/><source file='" + file +
                       "'/>" + backing +
                       "<target dev='vda'/><serial>11111111-2222-3333-4</serial></disk></devices></domain>",
                   some_agent, network_of)
            .spec.disks.front()
            .layers;
    };
    // As it was made, by a document that leaves the rest open, and one that does not.
    BOOST_TEST((shown("/pool/a.qcow2", "") == disk.layers));
    BOOST_TEST((shown("/pool/a.qcow2", "<backingStore/>") == std::vector{disk.layers.front()}));
    // With a snapshot that was made while it was off.
    BOOST_TEST((shown("/pool/a.snap", "") == std::vector<hv::Layer>{{"/pool/a.snap", Format::qcow2}}));
}

BOOST_AUTO_TEST_CASE(a_file_tells_more_of_a_disk_than_its_place) {
    Disk disk;
    disk.volume = "11111111-2222-3333-4444-555555555555";
    disk.target = "vdb";
    disk.layers = {{"/pool/a", Format::raw}};
    const std::vector<DiskDevice> devices{{"vdb", "/other", "11111111-2222-3333-4", "", true, {}, false},
                                          {"vdc", "/pool/a", "", "", true, {}, false}};
    BOOST_TEST(device_of(devices, disk) == &devices[1]);
    disk.layers.clear();
    BOOST_TEST(device_of(devices, disk) == &devices[0]);
    disk.volume.clear();
    BOOST_TEST(device_of(devices, disk) == nullptr);
}

BOOST_AUTO_TEST_CASE(tells_of_a_foreign_domain_what_the_xml_tells) {
    const auto machine =
        from_domain_xml("<domain type='kvm' id='3'><name>theirs</name><uuid>u</uuid><memory "
                        "unit='GiB'>2</memory><vcpu>8</vcpu>"
                        "<os><type arch='aarch64'>hvm</type></os><devices><disk><target dev='sda'/></disk>"
                        "<interface type='network'><mac address='m'/><source network='occi-net'/></interface>"
                        "<interface type='network'><source network='gone'/></interface></devices></domain>",
                        some_agent, network_of);
    BOOST_TEST(!machine.ours);
    BOOST_TEST(machine.spec.title == "theirs");
    BOOST_TEST(machine.spec.arch == "aarch64");
    BOOST_TEST(machine.spec.memory == std::uint64_t{2} << 30);
    BOOST_TEST(machine.spec.disks.size() == 1U);
    BOOST_REQUIRE(machine.spec.nics.size() == 2U);
    BOOST_TEST(machine.spec.nics[0].network == network);
    BOOST_TEST(machine.spec.nics[1].network.empty());
}

// issue 11, 2: a mark that travels with copies proves nothing.
BOOST_AUTO_TEST_CASE(a_copy_with_our_note_is_of_others) {
    const auto document = to_domain_xml(id, completed(example_spec()), example_frame());
    BOOST_TEST(from_domain_xml(document, some_agent, network_of).ours);
    BOOST_TEST(!from_domain_xml(document, id, network_of).ours); // another agent
    BOOST_TEST(!from_domain_xml(document, "", network_of).ours);
    auto copy = document;
    const Uuid other = "99999999-f6a4-8304-79aa-97f2502e193f";
    copy.replace(copy.find("<uuid>" + id), 6 + id.size(), "<uuid>" + other);
    const auto seen = from_domain_xml(copy, some_agent, network_of);
    BOOST_TEST(!seen.ours);
    BOOST_TEST(seen.spec.owner == "");
    for (const auto& each : seen.spec.disks) BOOST_TEST((each.content == Content::foreign));
}

BOOST_AUTO_TEST_CASE(a_note_without_a_mark_counts_under_the_name_that_earlier_agents_gave) {
    const auto note = to_note(example_spec());
    BOOST_TEST(is_ours(note, id, "occi-" + id, some_agent));
    BOOST_TEST(!is_ours(note, id, "occi-copy", some_agent));
    BOOST_TEST(!is_ours(note, network, "occi-" + id, some_agent));
}

BOOST_AUTO_TEST_CASE(prefers_the_title_of_a_foreign_domain_to_its_name) {
    const auto machine =
        from_domain_xml("<domain><name>n</name><title>t</title></domain>", some_agent, network_of);
    BOOST_TEST(machine.spec.title == "t");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_domain) {
    BOOST_CHECK_EXCEPTION(from_domain_xml("<network/>", some_agent, network_of), Error,
                          [](const Error& e) { return e.fault() == Fault::invalid; });
    BOOST_CHECK_EXCEPTION(spec_in_note("<domain/>"), Error,
                          [](const Error& e) { return e.fault() == Fault::invalid; });
}

BOOST_AUTO_TEST_CASE(knows_where_the_disk_with_a_volume_is) {
    const auto document = to_domain_xml(id, completed(example_spec()), example_frame());
    BOOST_TEST(target_of(document, example_spec().disks[0].volume, "copy") == "vda");
    BOOST_CHECK_THROW(static_cast<void>(target_of(document, network, "copy")), Error);
}

BOOST_AUTO_TEST_SUITE_END()
