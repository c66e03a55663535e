#define BOOST_TEST_DYN_LINK
#include "tests/unit/contract_checks.hh"
#include "tests/unit/contract_machines.hh"
#include "tests/unit/fake_scene.hh"
#include "tests/unit/image_folder.hh"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <future>
#include <ostream>

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using contract::fails;
using contract::mebibyte;
using contract::Witness;
using fake_scene::some_block;
using hv::MachineState;
using hv::fake::FakeHost;
using hv::fake::When;

namespace {

struct Verb {
    std::string name;
    void (*call)(FakeHost&);
};
std::ostream& operator<<(std::ostream& out, const Verb& verb) { return out << verb.name; }

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

} // namespace

BOOST_FIXTURE_TEST_SUITE(fake_control, fake_scene::Scene)

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

BOOST_AUTO_TEST_SUITE_END()
