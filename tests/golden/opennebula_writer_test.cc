#define BOOST_TEST_DYN_LINK
#include "agent/occi/names.hh"
#include "agent/render/opennebula_xml.hh"
#include "tests/golden/golden.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <ostream>

namespace data = boost::unit_test::data;
namespace opennebula = render::opennebula;
namespace name = occi::name;

namespace {

constexpr auto base = "http://node.example:4567";
constexpr auto machine_id = "11111111-2222-4333-8444-555555555555";
constexpr auto image_id = "6695eb01-0b1c-4a3e-9d55-3f2a8c1d7e01";
constexpr auto network_id = "aa95eb01-0b1c-4a3e-9d55-3f2a8c1d7e02";
constexpr std::uint64_t gibibyte = 1 << 30;

const occi::Model& model() {
    static const occi::Model all({{"small", 1, gibibyte}, {"odd", 3, gibibyte + 1}, {"custom", 1, gibibyte}});
    return all;
}

// ---- what is written -----------------------------------------------------------------------------------------------

occi::Resource resource(const occi::Kind* kind, const char* id, const char* title, const char* phase) {
    occi::Resource made;
    made.id = id;
    made.kind = kind;
    made.attributes = {{name::title, std::string(title)}, {name::phase, std::string(phase)}};
    return made;
}

occi::Resource bare_compute(const char* phase, const char* state) {
    auto made = resource(model().known().compute, machine_id, "web", phase);
    made.mixins.push_back(model().resource_template("small"));
    made.attributes[name::compute_state] = state;
    return made;
}

occi::Link disk(const char* device) {
    occi::Link link;
    link.kind = model().known().storagelink;
    link.attributes[name::deviceid] = std::string("/dev/") + device;
    return link;
}

occi::Link image_disk(const char* device) {
    auto link = disk(device);
    link.target = std::string("/storage/") + image_id;
    return link;
}

occi::Link ephemeral_disk(const char* device, const char* content, double gibibytes) {
    auto link = disk(device);
    link.mixins.push_back(model().known().ephemeral_disk);
    link.attributes[name::disk_content] = content;
    link.attributes[name::disk_size] = gibibytes;
    if (link.string(name::disk_content) == "filesystem") link.attributes[name::disk_filesystem] = "ext4";
    return link;
}

occi::Link nic(const char* mac) {
    occi::Link link;
    link.kind = model().known().networkinterface;
    link.attributes[name::mac] = mac;
    return link;
}

occi::Link nic_on_network(const char* mac) {
    auto link = nic(mac);
    link.target = std::string("/network/") + network_id;
    link.attributes[name::nic_address] = "10.1.0.7";
    return link;
}

occi::Resource full_compute() {
    auto made = bare_compute("ready", "active");
    made.links = {
        image_disk("vda"), ephemeral_disk("vdb", "swap", 0.5),  ephemeral_disk("vdc", "filesystem", 1.0),
        disk("vdd"),       nic_on_network("52:54:00:00:00:01"), nic("52:54:00:00:00:02")};
    return made;
}

occi::Resource failed_compute() {
    auto made = bare_compute("failed", "error");
    made.attributes[name::compute_message] = "cannot run mkfs: \x1b[1m<no & such>\xff";
    return made;
}

occi::Resource suspended_compute() {
    auto made = bare_compute("ready", "suspended");
    made.attributes[name::condition] = "known";
    made.attributes[name::reason] = "paused: no space left on pool occi";
    return made;
}

occi::Resource untyped_compute() {
    auto made = bare_compute("ready", "inactive");
    made.mixins.clear();
    made.attributes[name::title] = "a<b>&\"c\" \xf0\x9f\x98\x80";
    made.attributes[name::compute_message] = "shut down by the guest";
    return made;
}

occi::Resource network(const char* mode, const char* bridge = nullptr) {
    auto made = resource(model().known().network, network_id, "blue", "ready");
    made.attributes[name::network_mode] = mode;
    if (bridge) made.attributes[name::network_bridge] = bridge;
    return made;
}

occi::Resource network_with_block(const char* mode, const char* bridge = nullptr) {
    auto made = network(mode, bridge);
    made.attributes[name::network_address] = "10.1.0.0/24";
    made.attributes[name::network_size] = "C";
    return made;
}

occi::Resource storage(const char* phase) {
    auto made = resource(model().known().storage, image_id, "small", phase);
    made.attributes[name::storage_size] = 20.0 / 1024;
    made.attributes[name::image_url] = "file:///images/a&b.img";
    return made;
}

occi::Resource failed_storage() {
    auto made = storage("failed");
    made.attributes[name::storage_message] = "the original is gone";
    return made;
}

// Half a MB more than 1 GiB, and not made from an image.
occi::Resource blank_storage() {
    auto made = storage("ready");
    made.attributes[name::storage_size] = 1.0 + 0.5 / 1024;
    made.attributes.erase(name::image_url);
    return made;
}

std::string in_14(const occi::Resource& compute) {
    return opennebula::write_compute(compute, base, opennebula::Dialect::libcloud14);
}

// ---- the cases -----------------------------------------------------------------------------------------------------

struct Case {
    const char* name; // of the file below opennebula_writer, without its .xml
    std::string (*write)();
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }

const std::array cases{
    Case{"entry_point", [] { return opennebula::write_entry_point(base); }},
    Case{"pool_of_computes",
         [] {
             return opennebula::write_pool(*model().known().compute, {machine_id, image_id}, base);
         }},
    Case{"pool_of_networks",
         [] { return opennebula::write_pool(*model().known().network, {network_id}, base); }},
    Case{"pool_of_storage",
         [] { return opennebula::write_pool(*model().known().storage, {image_id}, base); }},
    Case{"pool_of_nothing", [] { return opennebula::write_pool(*model().known().compute, {}, base); }},
    Case{"instance_types", [] { return opennebula::write_instance_types(model(), base); }},
    Case{"instance_type",
         [] { return opennebula::write_instance_type(*model().resource_template("small"), base); }},
    Case{"compute_full", [] { return opennebula::write_compute(full_compute(), base); }},
    Case{"compute_full_in_14", [] { return in_14(full_compute()); }},
    Case{"compute_pending",
         [] { return opennebula::write_compute(bare_compute("pending", "inactive"), base); }},
    Case{"compute_deleting",
         [] { return opennebula::write_compute(bare_compute("deleting", "active"), base); }},
    Case{"compute_suspended", [] { return opennebula::write_compute(suspended_compute(), base); }},
    Case{"compute_suspended_in_14", [] { return in_14(bare_compute("ready", "suspended")); }},
    Case{"compute_failed", [] { return opennebula::write_compute(failed_compute(), base); }},
    Case{"compute_failed_in_14", [] { return in_14(failed_compute()); }},
    Case{"compute_without_type", [] { return opennebula::write_compute(untyped_compute(), base); }},
    Case{"network_isolated", [] { return opennebula::write_network(network_with_block("isolated"), base); }},
    Case{"network_with_nat", [] { return opennebula::write_network(network_with_block("nat"), base); }},
    Case{"network_on_a_bridge", [] { return opennebula::write_network(network("bridge", "br0"), base); }},
    Case{"network_of_somebody_else", [] { return opennebula::write_network(network("other"), base); }},
    Case{"storage_ready", [] { return opennebula::write_storage(storage("ready"), base); }},
    Case{"storage_blank", [] { return opennebula::write_storage(blank_storage(), base); }},
    Case{"storage_pending", [] { return opennebula::write_storage(storage("pending"), base); }},
    Case{"storage_deleting", [] { return opennebula::write_storage(storage("deleting"), base); }},
    Case{"storage_failed", [] { return opennebula::write_storage(failed_storage(), base); }},
    Case{"error", [] { return opennebula::write_error("no <such> \"thing\"\n\x01\xff"); }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(opennebula_writer_golden)

BOOST_DATA_TEST_CASE(writes_exactly_what_is_written_down, data::make(cases), one) {
    golden::check(golden::folder() / "opennebula_writer" / (std::string(one.name) + ".xml"), one.write());
}

BOOST_AUTO_TEST_SUITE_END()
