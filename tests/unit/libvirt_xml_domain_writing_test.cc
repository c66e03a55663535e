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

BOOST_AUTO_TEST_SUITE(libvirt_xml_domain_writing)

BOOST_AUTO_TEST_CASE(is_named_after_its_id) {
    const auto domain = written(example_spec(), example_frame());
    BOOST_TEST(domain.child_text("name") == "occi-" + id);
    BOOST_TEST(domain.child_text("uuid") == id);
    BOOST_TEST(domain.child_text("title") == "two lines & more");
}

BOOST_AUTO_TEST_CASE(spells_out_the_backing_chain_to_its_end) {
    const auto domain = written(example_spec(), example_frame());
    const auto* disk = domain.find("devices/disk");
    BOOST_REQUIRE(disk);
    BOOST_TEST(value(*disk, "driver", "type") == "qcow2");
    BOOST_TEST(value(*disk, "source", "file") == "/pool/a.qcow2");
    BOOST_TEST(value(*disk, "backingStore/format", "type") == "qcow2");
    BOOST_TEST(value(*disk, "backingStore/source", "file") == "/pool/b.qcow2");
    BOOST_TEST(value(*disk, "backingStore/backingStore/format", "type") == "raw");
    BOOST_TEST(value(*disk, "backingStore/backingStore/source", "file") == "/pool/c.raw");
    const auto* end = disk->find("backingStore/backingStore/backingStore");
    BOOST_REQUIRE(end);
    BOOST_TEST(end->children.empty());
}

BOOST_AUTO_TEST_CASE(boots_from_the_first_disk_only) {
    const auto domain = written(example_spec(), example_frame());
    const auto disks = domain.child("devices")->all("disk");
    BOOST_REQUIRE(disks.size() == 2U);
    BOOST_TEST(value(*disks[0], "boot", "order") == "1");
    BOOST_TEST(value(*disks[1], "boot", "order") == "(none)");
    BOOST_TEST(disks[0]->child_text("serial") == "11111111-2222-3333-4");
    BOOST_TEST(value(*disks[1], "source", "file") == "/pool/<s>.raw");
}

BOOST_AUTO_TEST_CASE(names_the_network_by_libvirts_name) {
    const auto domain = written(example_spec(), example_frame());
    BOOST_TEST(value(domain, "devices/interface/source", "network") == "occi-net");
    BOOST_TEST(value(domain, "devices/interface/mac", "address") == "52:54:00:00:00:01");
}

BOOST_AUTO_TEST_CASE(refuses_a_network_without_a_name) {
    auto frame = example_frame();
    frame.network_names.clear();
    BOOST_CHECK_EXCEPTION(written(example_spec(), frame), Error,
                          [](const Error& e) { return e.fault() == Fault::not_found; });
}

BOOST_AUTO_TEST_CASE(refuses_a_disk_without_a_file) {
    auto spec = example_spec();
    spec.disks[1].layers.clear();
    BOOST_CHECK_EXCEPTION(written(spec, example_frame()), Error,
                          [](const Error& e) { return e.fault() == Fault::invalid; });
}

struct Platform {
    std::string type, arch, cpu, machine;
    bool has_acpi;
};

std::ostream& operator<<(std::ostream& out, const Platform& p) { return out << p.type << " " << p.arch; }

const std::vector<Platform> platforms{{"kvm", "x86_64", "host-passthrough", "pc", true},
                                      {"qemu", "x86_64", "maximum", "pc", true},
                                      {"qemu", "i686", "(none)", "pc", true},
                                      {"qemu", "aarch64", "(none)", "virt", false},
                                      {"kvm", "aarch64", "host-passthrough", "virt", false}};

BOOST_DATA_TEST_CASE(fits_type_and_architecture, bdata::make(platforms), platform) {
    auto spec = example_spec();
    spec.arch = platform.arch;
    auto frame = example_frame();
    frame.type = platform.type;
    const auto domain = written(spec, frame);
    BOOST_TEST(*domain.attribute("type") == platform.type);
    BOOST_TEST(value(domain, "os/type", "arch") == platform.arch);
    BOOST_TEST(value(domain, "os/type", "machine") == platform.machine);
    BOOST_TEST(value(domain, "cpu", "mode") == platform.cpu);
    BOOST_TEST((domain.child("features") != nullptr) == platform.has_acpi);
}

BOOST_AUTO_TEST_CASE(gives_targets_in_order_and_keeps_given_ones) {
    MachineSpec spec;
    spec.disks.resize(28);
    spec.disks[1].target = "sda";
    const auto done = completed(spec);
    BOOST_TEST(done.disks[0].target == "vda");
    BOOST_TEST(done.disks[1].target == "sda");
    BOOST_TEST(done.disks[25].target == "vdz");
    BOOST_TEST(done.disks[26].target == "vdaa");
    BOOST_TEST(done.disks[27].target == "vdab");
}

BOOST_AUTO_TEST_CASE(leaves_room_for_processors_where_they_can_be_plugged_in) {
    auto frame = example_frame();
    frame.most_cores = 4;
    auto spec = example_spec();
    const auto spare = written(spec, frame);
    BOOST_TEST(spare.child_text("vcpu") == "4");
    BOOST_TEST(value(spare, "vcpu", "current") == "2");
    BOOST_TEST(!spare.child("currentMemory"));
    spec.cores = 8;
    BOOST_TEST(written(spec, frame).child_text("vcpu") == "8");
    BOOST_TEST(value(written(spec, frame), "vcpu", "current") == "(none)");
    spec.arch = "aarch64";
    spec.cores = 1;
    BOOST_TEST(written(spec, frame).child_text("vcpu") == "1");
}

BOOST_AUTO_TEST_CASE(has_shares_only_when_it_is_asked_to) {
    auto spec = example_spec();
    BOOST_TEST(!written(spec, example_frame()).child("cputune"));
    spec.shares = 300;
    const auto document = to_domain_xml(id, completed(spec), example_frame());
    BOOST_TEST(xml::parse(document).find("cputune/shares")->text == "300");
    BOOST_TEST((from_domain_xml(document, some_agent, network_of).spec.shares == 300U));
    BOOST_TEST(spec_in_note(document).shares == 300U);
}

BOOST_AUTO_TEST_CASE(writes_a_disk_to_be_plugged_in_as_it_writes_one_that_is_defined) {
    auto spec = completed(example_spec());
    std::swap(spec.disks[0], spec.disks[1]); // the first one boots
    const auto whole = to_domain_xml(id, spec, example_frame());
    const auto document = to_disk_xml(spec.disks[1]);
    BOOST_TEST(document.starts_with("<disk "));
    BOOST_TEST(whole.find(document) != std::string::npos);
    BOOST_TEST(document.find("<boot") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(writes_a_nic_that_is_found_by_its_mac) {
    const auto document = to_nic_xml(example_spec().nics.front(), "occi-net");
    const auto nics = nics_in("<domain><devices>" + document + "</devices></domain>");
    BOOST_TEST_REQUIRE(nics.size() == 1U);
    BOOST_TEST(nics[0].mac == "52:54:00:00:00:01");
    BOOST_TEST(nics[0].alias == "ua-nic-52-54-00-00-00-01");
    BOOST_TEST(nics[0].document == document);
    BOOST_TEST(value(xml::parse(document), "source", "network") == "occi-net");
}

BOOST_AUTO_TEST_CASE(has_one_shape_whatever_its_values) {
    auto other = example_spec();
    other.title = "<a b=\"c\">";
    other.disks[0].layers[0].path = "/elsewhere";
    const auto shape = [](const MachineSpec& spec) {
        return shape_of(to_domain_xml(id, completed(spec), example_frame()));
    };
    BOOST_TEST(shape(example_spec()) == shape(other));
    other.disks[0].layers.pop_back();
    BOOST_TEST(shape(example_spec()) != shape(other));
}

BOOST_AUTO_TEST_SUITE_END()
