#define BOOST_TEST_DYN_LINK
#include "drivers/fake/fake_host.hh"
#include "tests/support/temp_folder.hh"
#include "tests/unit/driver_contract.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <ostream>

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using contract::fails;
using contract::is_in;
using contract::mebibyte;
using contract::Witness;
using hv::MachineState;
using hv::fake::FakeHost;
using hv::fake::When;
using Subject = hv::Change::Subject;

namespace {

const Ipv4Block some_block{{10U << 24 | 1U << 16}, 24};

struct Scene {
    FakeHost host;

    Uuid machine(hv::MachineSpec spec = {}) {
        const auto id = new_uuid();
        host.compute().define(id, spec);
        return id;
    }
    Uuid running_machine(const hv::MachineSpec& spec = {}) {
        const auto id = machine(spec);
        host.compute().start(id);
        return id;
    }
    hv::Machine seen(const Uuid& id) { return host.compute().find(id).value(); }
};

struct Verb {
    std::string name;
    void (*call)(FakeHost&);
};
std::ostream& operator<<(std::ostream& out, const Verb& verb) { return out << verb.name; }

struct MachineVerb {
    std::string name;
    void (*call)(hv::Compute&, const Uuid&);
};
std::ostream& operator<<(std::ostream& out, const MachineVerb& verb) { return out << verb.name; }

const hv::NetworkInfo bare_network{
    new_uuid(), "bare", hv::NetworkMode::isolated, "", some_block, false, false, {}, {}};

const std::vector<Verb> verbs_of_the_hypervisor{
    {"compute.list", [](FakeHost& host) { host.compute().list(); }},
    {"compute.find", [](FakeHost& host) { host.compute().find(new_uuid()); }},
    {"compute.glance", [](FakeHost& host) { host.compute().glance(); }},
    {"compute.define", [](FakeHost& host) { host.compute().define(new_uuid(), {}); }},
    {"compute.start", [](FakeHost& host) { host.compute().start(new_uuid()); }},
    {"compute.press_power_button", [](FakeHost& host) { host.compute().press_power_button(new_uuid()); }},
    {"compute.power_off", [](FakeHost& host) { host.compute().power_off(new_uuid()); }},
    {"compute.discard", [](FakeHost& host) { host.compute().discard(new_uuid()); }},
    {"compute.suspend", [](FakeHost& host) { host.compute().suspend(new_uuid(), hv::Suspend::pause); }},
    {"compute.restart", [](FakeHost& host) { host.compute().restart(new_uuid(), hv::Restart::acpi); }},
    {"compute.revise", [](FakeHost& host) { host.compute().revise(new_uuid(), {}); }},
    {"compute.grow", [](FakeHost& host) { host.compute().grow(new_uuid(), new_uuid(), mebibyte); }},
    {"compute.attach", [](FakeHost& host) { host.compute().attach(new_uuid(), contract::some_disk()); }},
    {"compute.detach", [](FakeHost& host) { host.compute().detach(new_uuid(), new_uuid(), 1s); }},
    {"compute.attach_nic", [](FakeHost& host) { host.compute().attach(new_uuid(), contract::some_nic()); }},
    {"compute.detach_nic",
     [](FakeHost& host) { host.compute().detach(new_uuid(), contract::some_nic(), 1s); }},
    {"compute.holdings", [](FakeHost& host) { host.compute().holdings(); }},
    {"compute.set_link", [](FakeHost& host) { host.compute().set_link(new_uuid(), new_uuid(), false); }},
    {"compute.copy_disk",
     [](FakeHost& host) { host.compute().copy_disk(new_uuid(), new_uuid(), {}, [](unsigned) {}, {}); }},
    {"compute.remove", [](FakeHost& host) { host.compute().remove(new_uuid()); }},
    {"storage.list", [](FakeHost& host) { host.storage().list(); }},
    {"storage.find", [](FakeHost& host) { host.storage().find(new_uuid()); }},
    {"storage.create", [](FakeHost& host) { host.storage().create(new_uuid(), mebibyte); }},
    {"storage.clone", [](FakeHost& host) { host.storage().clone(new_uuid(), {}); }},
    {"storage.import",
     [](FakeHost& host) { host.storage().import(new_uuid(), hv::Format::raw, -1, 1, {}, {}); }},
    {"storage.copy", [](FakeHost& host) { host.storage().copy(new_uuid(), {}, {}, {}); }},
    {"storage.flatten", [](FakeHost& host) { host.storage().flatten(new_uuid(), {}, {}, {}); }},
    {"storage.resize", [](FakeHost& host) { host.storage().resize(new_uuid(), 1); }},
    {"storage.remove", [](FakeHost& host) { host.storage().remove(new_uuid()); }},
    {"storage.available", [](FakeHost& host) { host.storage().available(); }},
    {"network.list", [](FakeHost& host) { host.network().list(); }},
    {"network.find", [](FakeHost& host) { host.network().find(new_uuid()); }},
    {"network.create", [](FakeHost& host) { host.network().create(bare_network); }},
    {"network.remove", [](FakeHost& host) { host.network().remove(new_uuid()); }},
    {"network.start", [](FakeHost& host) { host.network().start(new_uuid()); }},
    {"network.stop", [](FakeHost& host) { host.network().stop(new_uuid(), false); }},
    {"network.reserve", [](FakeHost& host) { host.network().reserve(new_uuid(), {}); }},
    {"network.release", [](FakeHost& host) { host.network().release(new_uuid(), {}); }},
};
const std::vector<Verb> verbs_of_the_host{
    {"host.propose_mac", [](FakeHost& host) { host.propose_mac(); }},
    {"host.routes", [](FakeHost& host) { host.routes(); }},
    {"host.has_bridge", [](FakeHost& host) { host.has_bridge("br0"); }},
    {"host.describe", [](FakeHost& host) { host.describe(); }},
};

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

BOOST_FIXTURE_TEST_SUITE(fake_host, Scene)

// ---- the contract of every driver ----------------------------------------------------------------------------------

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

// ---- guests --------------------------------------------------------------------------------------------------------

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

// ---- what fits together --------------------------------------------------------------------------------------------

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

BOOST_AUTO_TEST_CASE(an_import_takes_room_and_its_removal_gives_it_back) {
    const ImageFolder folder;
    const Descriptor original(::open(folder.file("image", "x", 6 * mebibyte).c_str(), O_RDONLY | O_CLOEXEC));
    host.set_available(10 * mebibyte);
    const auto import = [&](const Uuid& id) {
        host.storage().import(id, hv::Format::raw, original.get(), 6 * mebibyte, {}, {});
    };
    const auto first = new_uuid(), second = new_uuid();
    import(first);
    BOOST_TEST(host.storage().available() == 4 * mebibyte);
    fails(Fault::unavailable, [&] { import(second); });
    host.storage().remove(first);
    BOOST_TEST(host.storage().available() == 10 * mebibyte);
    import(second);
}

BOOST_AUTO_TEST_CASE(an_import_can_be_stopped_half_way_and_leaves_nothing) {
    const ImageFolder folder;
    const Descriptor original(::open(folder.file("image", "x", 6 * mebibyte).c_str(), O_RDONLY | O_CLOEXEC));
    std::stop_source stop;
    unsigned steps = 0;
    const auto id = new_uuid();
    const auto progress = [&](std::uint64_t) {
        if (++steps == 2) stop.request_stop();
    };
    fails(Fault::conflict, [&] {
        host.storage().import(id, hv::Format::raw, original.get(), 6 * mebibyte, progress, stop.get_token());
    });
    BOOST_TEST(steps == 2U);
    BOOST_TEST(!host.storage().find(id).has_value());
    host.storage().create(id, mebibyte);
}

BOOST_AUTO_TEST_CASE(blank_volumes_are_real_files_where_that_is_wanted) {
    const support::TempFolder folder;
    hv::fake::Options options;
    options.real_files = folder.path();
    FakeHost with_files(options);
    const auto volume = with_files.storage().create(new_uuid(), 3 * mebibyte);
    BOOST_TEST(std::filesystem::file_size(volume.path) == 3 * mebibyte);
    with_files.storage().remove(volume.id);
    BOOST_TEST(!std::filesystem::exists(volume.path));
}

// ---- control -------------------------------------------------------------------------------------------------------

BOOST_DATA_TEST_CASE(counts_and_fails_every_verb,
                     data::make(verbs_of_the_hypervisor) + data::make(verbs_of_the_host), verb) {
    BOOST_TEST(host.calls(verb.name) == 0U);
    host.fail_next(verb.name, Error(Fault::busy, "as the test wants"));
    fails(Fault::busy, [&] { verb.call(host); });
    BOOST_TEST(host.calls(verb.name) == 1U);
    BOOST_TEST(host.calls() == 1U);
}

BOOST_DATA_TEST_CASE(loses_every_verb_of_the_hypervisor, data::make(verbs_of_the_hypervisor), verb) {
    host.lose("it was killed");
    BOOST_CHECK_EXCEPTION(verb.call(host), Error, [](const Error& error) {
        BOOST_TEST(error.what() == std::string("the hypervisor does not answer: it was killed"));
        return error.fault() == Fault::unavailable;
    });
}

BOOST_DATA_TEST_CASE(keeps_what_needs_no_hypervisor, data::make(verbs_of_the_host), verb) {
    host.lose("it was killed");
    BOOST_CHECK_NO_THROW(verb.call(host));
}

BOOST_AUTO_TEST_CASE(refuses_a_verb_that_it_does_not_have) {
    fails(Fault::internal, [&] { host.hold("compute.fly"); });
    fails(Fault::internal, [&] { host.calls("start"); });
}

BOOST_AUTO_TEST_CASE(can_fail_after_the_work_was_done) {
    const auto id = machine();
    host.fail_next("compute.start", Error(Fault::unavailable, "the answer was lost"), When::after);
    fails(Fault::unavailable, [&] { host.compute().start(id); });
    BOOST_TEST((seen(id).state == MachineState::running));
}

BOOST_AUTO_TEST_CASE(a_held_verb_waits_until_it_is_released) {
    const auto id = machine();
    host.hold("compute.start");
    auto started = std::async(std::launch::async, [&] { host.compute().start(id); });
    BOOST_TEST(host.wait_until_held("compute.start"));
    BOOST_TEST((seen(id).state == MachineState::off));
    host.release("compute.start");
    started.get();
    BOOST_TEST((seen(id).state == MachineState::running));
}

BOOST_AUTO_TEST_CASE(a_held_import_can_be_stopped) {
    const ImageFolder folder;
    const Descriptor original(::open(folder.file("image", "x").c_str(), O_RDONLY | O_CLOEXEC));
    std::stop_source stop;
    host.hold("storage.import");
    auto imported = std::async(std::launch::async, [&] {
        host.storage().import(new_uuid(), hv::Format::raw, original.get(), mebibyte, {}, stop.get_token());
    });
    BOOST_TEST(host.wait_until_held("storage.import"));
    stop.request_stop();
    fails(Fault::conflict, [&] { imported.get(); });
    BOOST_TEST(host.storage().list().empty());
}

BOOST_AUTO_TEST_CASE(tells_nothing_while_it_is_lost_and_found_when_it_is_back) {
    const auto id = running_machine();
    Witness witness(host);
    BOOST_TEST(witness.finds_it());
    host.lose("it was killed");
    BOOST_TEST(witness.loses_it("it was killed"));
    host.guest_powers_off(id);
    host.settle();
    BOOST_TEST(witness.changes().empty());
    host.come_back();
    BOOST_TEST(witness.finds_it(2));
    BOOST_TEST((seen(id).state == MachineState::off));
}

BOOST_AUTO_TEST_CASE(found_comes_before_any_change) {
    struct Order : hv::Listener {
        std::vector<std::string> words;
        void changed(const hv::Change& change) noexcept override { words.push_back(change.what); }
        void found() noexcept override { words.push_back("found"); }
        void lost(const std::string&) noexcept override { words.push_back("lost"); }
    } order;
    host.add_foreign_machine("before it was watched");
    host.watch(order);
    host.add_foreign_machine("later");
    host.settle();
    host.unwatch();
    host.add_foreign_machine("after it was watched");
    host.settle();
    BOOST_TEST(order.words == (std::vector<std::string>{"found", "defined"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_lost_host_is_not_found_when_it_is_watched) {
    host.lose("it was killed");
    Witness witness(host);
    host.settle();
    host.come_back();
    BOOST_TEST(witness.finds_it(1));
}

BOOST_AUTO_TEST_CASE(what_others_do_is_told) {
    Witness witness(host);
    const auto machine = host.add_foreign_machine("theirs", MachineState::off);
    const auto network = host.add_foreign_network("default");
    const auto volume = host.storage().create(new_uuid(), mebibyte).id;
    BOOST_TEST(witness.sees(Subject::machine, machine));
    BOOST_TEST(witness.sees(Subject::network, network));
    BOOST_TEST(witness.sees(Subject::volume, volume));
    witness.forget();
    for (const auto& id : {machine, network, volume}) host.vanish(id);
    BOOST_TEST(witness.sees(Subject::machine, machine));
    BOOST_TEST(witness.sees(Subject::network, network));
    BOOST_TEST(witness.sees(Subject::volume, volume));
    fails(Fault::not_found, [&] { host.vanish(volume); });
}

BOOST_AUTO_TEST_CASE(shows_the_surroundings_that_it_is_given) {
    host.set_routes({{some_block, "route by eth0"}});
    host.set_bridges({"br0"});
    BOOST_TEST(host.routes().at(0).name == "route by eth0");
    BOOST_TEST(host.has_bridge("br0"));
    BOOST_TEST(!host.has_bridge("br1"));
}

BOOST_AUTO_TEST_CASE(many_threads_may_use_it_at_once) {
    Witness witness(host);
    std::vector<std::future<void>> users;
    for (int user = 0; user < 8; ++user)
        users.push_back(std::async(std::launch::async, [&] {
            for (int round = 0; round < 20; ++round) {
                const auto id = running_machine();
                host.compute().list();
                host.compute().press_power_button(id);
                host.compute().power_off(id);
                host.compute().remove(id);
            }
        }));
    for (auto& user : users) user.get();
    host.settle();
    BOOST_TEST(host.compute().list().empty());
}

BOOST_AUTO_TEST_SUITE_END()
