#define BOOST_TEST_DYN_LINK
#include "tests/unit/contract_disks.hh"
#include "tests/unit/fake_scene.hh"

#include <boost/test/unit_test.hpp>

using contract::fails;
using contract::is_in;
using contract::Witness;
using hv::MachineState;
using Subject = hv::Change::Subject;

BOOST_FIXTURE_TEST_SUITE(fake_guests, fake_scene::Scene)

BOOST_AUTO_TEST_CASE(a_guest_obeys_the_power_button_later) {
    const auto id = running_machine();
    Witness witness(host);
    host.compute().press_power_button(id);
    BOOST_TEST(witness.hears(id, "stopped", MachineState::off, "shut down by the guest"));
    BOOST_TEST((seen(id).state == MachineState::off));
    BOOST_TEST(seen(id).reason == "shut down by the guest");
}

BOOST_AUTO_TEST_CASE(a_paused_guest_obeys_when_it_goes_on) {
    const auto id = running_machine();
    host.compute().suspend(id, hv::Suspend::pause);
    host.compute().press_power_button(id);
    host.settle();
    BOOST_TEST((seen(id).state == MachineState::paused));
    host.compute().start(id);
    host.settle();
    BOOST_TEST((seen(id).state == MachineState::off));
}

BOOST_AUTO_TEST_CASE(a_press_of_the_button_is_forgotten_when_the_machine_is_off) {
    const auto id = running_machine();
    host.compute().suspend(id, hv::Suspend::pause);
    host.compute().press_power_button(id);
    host.compute().power_off(id);
    host.compute().start(id);
    host.settle();
    BOOST_TEST((seen(id).state == MachineState::running));
}

BOOST_AUTO_TEST_CASE(a_deaf_guest_runs_on) {
    const auto deaf = running_machine(), other = running_machine();
    host.set_deaf(deaf);
    for (const auto& id : {deaf, other}) host.compute().press_power_button(id);
    host.settle();
    BOOST_TEST(is_in(host.compute(), deaf, MachineState::running));
    BOOST_TEST(is_in(host.compute(), other, MachineState::off));
    host.set_deaf(deaf, false);
    host.compute().press_power_button(deaf);
    host.settle();
    BOOST_TEST(is_in(host.compute(), deaf, MachineState::off));
}

BOOST_AUTO_TEST_CASE(a_guest_can_power_itself_off_once) {
    const auto id = running_machine();
    Witness witness(host);
    BOOST_TEST(host.guest_powers_off(id));
    BOOST_TEST(!host.guest_powers_off(id));
    BOOST_TEST(witness.sees(Subject::machine, id));
    BOOST_TEST(seen(id).reason == "shut down by the guest");
}

BOOST_AUTO_TEST_CASE(a_machine_that_nobody_understands_admits_nothing_but_being_looked_at_and_forced_off) {
    const auto id = running_machine();
    host.set_state(id, MachineState::unknown, "no state");
    fails(Fault::conflict, [&] { host.compute().start(id); });
    BOOST_TEST(seen(id).reason == "no state");
    host.compute().power_off(id);
    BOOST_TEST(is_in(host.compute(), id, MachineState::off));
}

BOOST_AUTO_TEST_CASE(what_befalls_a_machine_is_told_with_its_reason) {
    const auto id = running_machine();
    Witness witness(host);
    host.set_state(id, MachineState::paused, "paused: no space left on the device");
    BOOST_TEST(witness.hears(id, "suspended", MachineState::paused, "paused: no space left on the device"));
    host.set_state(id, MachineState::crashed, "the guest panicked");
    BOOST_TEST(witness.hears(id, "crashed", MachineState::crashed, "the guest panicked"));
}

BOOST_AUTO_TEST_CASE(disks_that_come_and_go_while_it_runs_are_told_by_their_target) {
    contract::MachineAndVolumes it(host);
    host.compute().start(it.id);
    Witness witness(host);
    const auto told = [&] {
        host.settle();
        const auto last = witness.changes().back();
        return last.what + " " + last.detail;
    };
    it.attach(contract::disk_on(it.first, "vdb"));
    BOOST_TEST(told() == "device added vdb");
    host.set_deaf(it.id);
    fails(Fault::conflict, [&] { it.detach(it.first); });
    BOOST_TEST(told() == "device kept vdb");
    host.set_deaf(it.id, false);
    it.detach(it.first);
    BOOST_TEST(told() == "device removed vdb");
    host.compute().power_off(it.id);
}

BOOST_AUTO_TEST_CASE(a_paused_guest_keeps_its_disks) {
    contract::MachineAndVolumes it(host);
    host.compute().start(it.id);
    it.attach(contract::disk_on(it.first, "vdb"));
    host.compute().suspend(it.id, hv::Suspend::pause);
    fails(Fault::conflict, [&] { it.detach(it.first); });
    BOOST_TEST(it.disks().size() == 2U);
    host.compute().power_off(it.id);
}

BOOST_AUTO_TEST_CASE(a_running_machine_does_not_take_a_volume_that_is_not_there) {
    contract::MachineAndVolumes it(host);
    host.compute().start(it.id);
    const auto disk = contract::disk_on(it.first, "vdb");
    host.storage().remove(it.first.id);
    fails(Fault::internal, [&] { it.attach(disk); });
    BOOST_TEST(it.disks().size() == 1U);
    host.compute().power_off(it.id);
}

BOOST_AUTO_TEST_SUITE_END()
