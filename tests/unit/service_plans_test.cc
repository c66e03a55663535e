#define BOOST_TEST_DYN_LINK
#include "agent/service/plans.hh"

#include "agent/base/error.hh"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using service::plan_of;

constexpr std::uint64_t mebibyte = 1 << 20, gibibyte = 1 << 30;

state::Operation with_plan(std::string plan) {
    state::Operation operation;
    operation.id = "6695eb01-0000-4000-8000-000000000001";
    operation.target = "6695eb01-0000-4000-8000-000000000002";
    operation.plan = std::move(plan);
    return operation;
}

template <class T> T written_and_read(const T& plan) { return plan_of<T>(with_plan(service::to_text(plan))); }

service::DeviceChange disks() {
    hv::Disk clone, swap, storage;
    clone.content = hv::Content::image;
    clone.volume = "11111111-1111-4111-8111-111111111111";
    clone.origin = "22222222-2222-4222-8222-222222222222";
    clone.bytes = mebibyte;
    clone.target = "vdb";
    clone.mountpoint = "/data & more";
    swap.content = hv::Content::swap;
    swap.volume = "33333333-3333-4333-8333-333333333333";
    swap.bytes = 2 * mebibyte;
    swap.target = "vdc";
    storage.content = hv::Content::storage;
    storage.volume = "44444444-4444-4444-8444-444444444444";
    storage.bytes = 4 * mebibyte;
    storage.target = "vdd";
    storage.layers = {{"/pool/a.qcow2", hv::Format::qcow2}, {"/pool/b.raw", hv::Format::raw}};
    return {{{clone, swap}, {}}, {{storage}, {}}};
}

service::DeviceChange nics() {
    const Uuid network = "55555555-5555-4555-8555-555555555555";
    hv::Nic comes, goes;
    comes.network = goes.network = network;
    comes.mac = "52:54:00:00:00:01";
    comes.address = Ipv4::parse("10.1.0.2");
    goes.mac = "52:54:00:00:00:02";
    return {{{}, {comes}}, {{}, {goes}}};
}

service::Wish wish() {
    service::Wish wish;
    wish.title = "web & <db>";
    wish.arch = "i686";
    wish.cores = 2;
    wish.shares = 512;
    wish.memory = gibibyte;
    wish.disk = 8 * gibibyte;
    wish.sizes_are_own = true;
    wish.notes = {{"hostname", "web"}, {"summary", ""}};
    return wish;
}

service::Wish nameless() {
    service::Wish wish;
    wish.title = "";
    return wish;
}

// Recorded from the release that made these the notes of machines.
constexpr auto earlier_disks =
    R"(<machine xmlns="urn:occi-agent:machine:1" cores="1" memory="0"><disk content="image" )"
    R"(volume="11111111-1111-4111-8111-111111111111" origin="22222222-2222-4222-8222-222222222222" bytes="1048576" )"
    R"(target="vdb" mountpoint="/data &amp; more"/><disk content="swap" )"
    R"(volume="33333333-3333-4333-8333-333333333333" bytes="2097152" target="vdc"/><disk content="storage" )"
    R"(volume="44444444-4444-4444-8444-444444444444" bytes="4194304" target="vdd"><layer path="/pool/a.qcow2" )"
    R"(format="qcow2"/><layer path="/pool/b.raw" format="raw"/></disk><note key="leaves" value="1"/>)"
    R"(<note key="leaving NICs" value="0"/></machine>)";
constexpr auto earlier_nics =
    R"(<machine xmlns="urn:occi-agent:machine:1" cores="1" memory="0">)"
    R"(<nic network="55555555-5555-4555-8555-555555555555" mac="52:54:00:00:00:01" address="10.1.0.2"/>)"
    R"(<nic network="55555555-5555-4555-8555-555555555555" mac="52:54:00:00:00:02"/>)"
    R"(<note key="leaves" value="0"/><note key="leaving NICs" value="1"/></machine>)";
constexpr auto earlier_wish =
    R"(<machine xmlns="urn:occi-agent:machine:1" cores="1" memory="0"><note key="arch" value="i686"/>)"
    R"(<note key="cores" value="2"/><note key="disk" value="8589934592"/><note key="memory" value="1073741824"/>)"
    R"(<note key="note hostname" value="web"/><note key="note summary" value=""/><note key="own sizes" value="yes"/>)"
    R"(<note key="shares" value="512"/><note key="title" value="web &amp; &lt;db&gt;"/></machine>)";
constexpr auto earlier_nameless =
    R"(<machine xmlns="urn:occi-agent:machine:1" cores="1" memory="0"><note key="title" value=""/></machine>)";

} // namespace

BOOST_AUTO_TEST_SUITE(service_plans)

BOOST_AUTO_TEST_CASE(of_devices_come_back_as_they_were_written) {
    BOOST_TEST((written_and_read(disks()) == disks()));
    BOOST_TEST((written_and_read(nics()) == nics()));
    BOOST_TEST((written_and_read(service::DeviceChange{}) == service::DeviceChange{}));
}

BOOST_AUTO_TEST_CASE(of_wishes_come_back_as_they_were_written) {
    for (const auto& one : {service::Wish{}, wish(), nameless()}) BOOST_TEST((written_and_read(one) == one));
}

BOOST_AUTO_TEST_CASE(of_machines_come_back_as_they_were_written) {
    hv::MachineSpec spec;
    spec.title = "web";
    spec.memory = gibibyte;
    spec.disks = disks().more.disks;
    spec.nics = nics().more.nics;
    spec.notes = {{"type", "small"}};
    BOOST_TEST((written_and_read(spec) == spec));
}

BOOST_AUTO_TEST_CASE(of_networks_come_back_as_they_were_written) {
    hv::NetworkInfo wanted;
    wanted.name = "occi-1";
    wanted.mode = hv::NetworkMode::nat;
    wanted.block = Ipv4Block{*Ipv4::parse("10.1.0.0"), 24};
    const auto read = written_and_read(wanted);
    BOOST_TEST(read.id == with_plan("").target);
    BOOST_TEST(read.name == wanted.name);
    BOOST_TEST((read.mode == wanted.mode));
    BOOST_TEST((read.block == wanted.block));
    BOOST_TEST((written_and_read(service::Naming{"a", {}}) == service::Naming{"a", {}}));
}

BOOST_AUTO_TEST_CASE(of_storages_come_back_as_they_were_written) {
    for (const auto& one : {service::StorageChange{}, service::StorageChange{{"a", "b"}, mebibyte}})
        BOOST_TEST((written_and_read(one) == one));
    const service::DiskSave save{"11111111-1111-4111-8111-111111111111",
                                 "22222222-2222-4222-8222-222222222222"};
    BOOST_TEST((written_and_read(save) == save));
    const service::Source source{"file:///images/a.qcow2"};
    BOOST_TEST((written_and_read(source) == source));
}

BOOST_AUTO_TEST_CASE(that_earlier_releases_have_written_are_read) {
    BOOST_TEST((plan_of<service::DeviceChange>(with_plan(earlier_disks)) == disks()));
    BOOST_TEST((plan_of<service::DeviceChange>(with_plan(earlier_nics)) == nics()));
    BOOST_TEST((plan_of<service::Wish>(with_plan(earlier_wish)) == wish()));
    BOOST_TEST((plan_of<service::Wish>(with_plan(earlier_nameless)) == nameless()));
}

// These have not changed their shape.
BOOST_AUTO_TEST_CASE(of_other_kinds_are_written_as_by_earlier_releases) {
    BOOST_TEST(service::to_text(service::Naming{"a", {}}) == R"(<network title="a"/>)");
    BOOST_TEST(service::to_text(service::StorageChange{{"a", {}}, 512}) ==
               R"(<storage title="a" bytes="512"/>)");
    BOOST_TEST(service::to_text(service::DiskSave{"c", "v"}) == R"(<save compute="c" volume="v"/>)");
    BOOST_TEST(service::to_text(service::Source{"x"}) == "x");
    BOOST_TEST(service::to_text(service::NoPlan{}) == "");
}

BOOST_AUTO_TEST_CASE(of_another_type_are_refused) {
    const auto refuses = [](const auto& read, const std::string& why) {
        BOOST_CHECK_EXCEPTION(read(), Error, [&](const Error& failure) {
            return failure.fault() == Fault::invalid &&
                   std::string(failure.what()).find(why) != std::string::npos;
        });
    };
    refuses([] { return plan_of<service::DeviceChange>(with_plan("<wish/>")); },
            "is a <wish> and no <devices>");
    refuses([] { return plan_of<service::Wish>(with_plan(R"(<wish cores="many"/>)")); },
            "\"many\" and no number");
    refuses([] { return plan_of<service::DiskSave>(with_plan("<storage/>")); },
            "is a <storage> and no <save>");
}

BOOST_AUTO_TEST_SUITE_END()
