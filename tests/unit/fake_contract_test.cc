#define BOOST_TEST_DYN_LINK
#include "tests/unit/driver_contract.hh"
#include "tests/unit/fake_scene.hh"

#include <boost/test/unit_test.hpp>

using fake_scene::some_block;

BOOST_FIXTURE_TEST_SUITE(fake_contract, fake_scene::Scene)

BOOST_AUTO_TEST_CASE(keeps_the_contract_on_volumes) { contract::check_volumes(host); }
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_imports) { contract::check_import(host); }
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_what_is_sent) { contract::check_receive(host); }
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_networks) { contract::check_network(host, some_block); }
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_networks_that_rest) {
    contract::check_network_state(host, some_block);
}
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_volumes_that_grow) { contract::check_growth(host); }
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_copies) { contract::check_copy(host); }
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_cables) { contract::check_cables(host, some_block); }
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_disks_in_use) {
    contract::MachineAndVolumes it(host);
    host.compute().start(it.id);
    contract::check_disks_in_use(it);
}
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_unknown_machines) { contract::check_unknown_machine(host); }
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_what_is_whose) { contract::check_ownership(host, some_block, ""); }
BOOST_AUTO_TEST_CASE(keeps_the_contract_on_mac_addresses) { contract::check_macs(host); }

BOOST_AUTO_TEST_CASE(keeps_the_contract_on_machines) {
    host.set_all_deaf();
    contract::check_machine(host);
}

BOOST_AUTO_TEST_CASE(keeps_the_contract_on_disks_that_come_and_go) { contract::check_disks(host); }

BOOST_AUTO_TEST_CASE(keeps_the_contract_on_disks_that_a_guest_releases) {
    contract::MachineAndVolumes it(host);
    host.compute().start(it.id);
    contract::check_release(it);
    host.compute().power_off(it.id);
}

BOOST_AUTO_TEST_CASE(keeps_the_contract_on_disks_that_a_guest_keeps) {
    contract::MachineAndVolumes it(host);
    host.set_deaf(it.id);
    host.compute().start(it.id);
    contract::check_refusal(it);
}

BOOST_AUTO_TEST_CASE(keeps_the_contract_on_nics_that_come_and_go) { contract::check_nics(host, some_block); }

BOOST_AUTO_TEST_CASE(keeps_the_contract_on_nics_that_a_guest_releases_or_keeps) {
    contract::MachineAndVolumes machine(host);
    contract::MachineAndNetwork it(machine, some_block);
    host.compute().start(machine.id);
    contract::check_release(it);
    host.set_deaf(machine.id);
    contract::check_refusal(it);
}

BOOST_AUTO_TEST_CASE(keeps_the_contract_on_what_others_made) {
    contract::check_foreign_machine(host, host.add_foreign_machine("theirs"));
    contract::check_foreign_network(host,
                                    host.add_foreign_network("default", hv::NetworkMode::nat, some_block));
}

BOOST_AUTO_TEST_SUITE_END()
