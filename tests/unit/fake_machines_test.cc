#define BOOST_TEST_DYN_LINK
#include "tests/unit/contract_disks.hh"
#include "tests/unit/contract_machines.hh"
#include "tests/unit/contract_networks.hh"
#include "tests/unit/fake_scene.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using contract::fails;
using contract::is_in;
using contract::mebibyte;
using contract::Witness;
using fake_scene::some_block;
using hv::MachineState;

namespace {

struct MachineVerb {
    std::string name;
    void (*call)(hv::Compute&, const Uuid&);
};
std::ostream& operator<<(std::ostream& out, const MachineVerb& verb) { return out << verb.name; }

const std::vector<MachineVerb> verbs_that_need_a_reaction{
    {"start", [](hv::Compute& compute, const Uuid& id) { compute.start(id); }},
    {"press_power_button", [](hv::Compute& compute, const Uuid& id) { compute.press_power_button(id); }},
    {"pause", [](hv::Compute& compute, const Uuid& id) { compute.suspend(id, hv::Suspend::pause); }},
    {"save", [](hv::Compute& compute, const Uuid& id) { compute.suspend(id, hv::Suspend::save); }},
    {"reboot", [](hv::Compute& compute, const Uuid& id) { compute.restart(id, hv::Restart::acpi); }},
    {"reset", [](hv::Compute& compute, const Uuid& id) { compute.restart(id, hv::Restart::reset); }},
    {"revise", [](hv::Compute& compute, const Uuid& id) { compute.revise(id, {}); }},
    {"grow", [](hv::Compute& compute, const Uuid& id) { compute.grow(id, new_uuid(), mebibyte); }},
    {"attach", [](hv::Compute& compute, const Uuid& id) { compute.attach(id, contract::some_disk()); }},
    {"detach", [](hv::Compute& compute, const Uuid& id) { compute.detach(id, new_uuid(), 1s); }},
    {"attach NIC", [](hv::Compute& compute, const Uuid& id) { compute.attach(id, contract::some_nic()); }},
    {"detach NIC",
     [](hv::Compute& compute, const Uuid& id) { compute.detach(id, contract::some_nic(), 1s); }},
    {"set_link", [](hv::Compute& compute, const Uuid& id) { compute.set_link(id, new_uuid(), false); }},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(fake_machines, fake_scene::Scene)

BOOST_AUTO_TEST_CASE(names_disks_in_their_order_beyond_the_alphabet) {
    hv::MachineSpec spec;
    spec.disks.resize(28);
    const auto disks = seen(machine(spec)).spec.disks;
    BOOST_TEST(disks.at(0).target == "vda");
    BOOST_TEST(disks.at(25).target == "vdz");
    BOOST_TEST(disks.at(26).target == "vdaa");
    BOOST_TEST(disks.at(27).target == "vdab");
}

BOOST_AUTO_TEST_CASE(a_machine_does_not_start_without_its_volume) {
    const auto volume = host.storage().create(new_uuid(), mebibyte);
    const auto id = machine(contract::spec_with(volume));
    host.storage().remove(volume.id);
    fails(Fault::internal, [&] { host.compute().start(id); });
    BOOST_TEST((seen(id).state == MachineState::off));
}

BOOST_AUTO_TEST_CASE(a_machine_needs_its_networks) {
    hv::MachineSpec spec;
    spec.nics.push_back({new_uuid(), "52:54:00:00:00:01", {}, ""});
    fails(Fault::not_found, [&] { machine(spec); });
    spec.nics.at(0).network = host.network().create(contract::network_on(some_block)).id;
    const auto id = machine(spec);
    host.vanish(spec.nics.at(0).network);
    fails(Fault::conflict, [&] { host.compute().start(id); });
}

BOOST_AUTO_TEST_CASE(networks_do_not_share_addresses) {
    host.network().create(contract::network_on(some_block));
    fails(Fault::conflict, [&] { host.network().create(contract::network_on({some_block.address, 16})); });
}

BOOST_AUTO_TEST_CASE(a_network_device_exists_while_its_machine_is_in_memory) {
    hv::MachineSpec spec;
    spec.nics.push_back({"", "52:54:00:00:00:01", {}, ""});
    const auto id = machine(spec);
    BOOST_TEST(seen(id).spec.nics.at(0).device == "");
    host.compute().start(id);
    const auto device = seen(id).spec.nics.at(0).device;
    BOOST_TEST(device.starts_with("vnet"));
    host.compute().suspend(id, hv::Suspend::pause);
    BOOST_TEST(seen(id).spec.nics.at(0).device == device);
    host.compute().power_off(id);
    BOOST_TEST(seen(id).spec.nics.at(0).device == "");
}

// ---- machines that do not react ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stuck_machine_is_shown_and_told_as_such) {
    const auto id = running_machine();
    Witness witness(host);
    host.set_stuck(id, "monitor silent since 2030-01-01T10:00:00Z");
    BOOST_TEST(
        witness.hears(id, "stuck", MachineState::running, "monitor silent since 2030-01-01T10:00:00Z"));
    BOOST_TEST(seen(id).stuck == "monitor silent since 2030-01-01T10:00:00Z");
    BOOST_TEST(contract::looks_the_same(host.compute(), id));
    host.set_stuck(id, "");
    BOOST_TEST(witness.hears(id, "reacting", MachineState::running));
    BOOST_TEST(seen(id).stuck == "");
}

BOOST_DATA_TEST_CASE(a_stuck_machine_is_too_busy_for_most_verbs, data::make(verbs_that_need_a_reaction),
                     verb) {
    const auto id = running_machine();
    const auto before = seen(id).spec;
    host.set_stuck(id, "monitor silent");
    fails(Fault::busy, [&] { verb.call(host.compute(), id); });
    BOOST_TEST((seen(id).state == MachineState::running));
    BOOST_TEST((seen(id).spec == before));
}

BOOST_AUTO_TEST_CASE(a_stuck_machine_can_be_powered_off_and_is_stuck_no_more) {
    const auto id = running_machine();
    Witness witness(host);
    host.set_stuck(id, "monitor silent");
    fails(Fault::conflict, [&] { host.compute().remove(id); });
    host.compute().power_off(id);
    BOOST_TEST(witness.hears(id, "reacting", MachineState::off));
    BOOST_TEST(witness.hears(id, "stopped", MachineState::off, "destroyed"));
    BOOST_TEST(seen(id).stuck == "");
    host.compute().remove(id);
}

BOOST_AUTO_TEST_SUITE_END()
