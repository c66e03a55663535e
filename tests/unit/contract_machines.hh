#pragma once
// What drivers/contract/compute.hh promises of machines and their life, as checks. Guests are never asked to do
// anything: a machine with an empty disk will do.
//
// Threads: one; the host tells its changes on another.

#include "tests/unit/contract_checks.hh"

#include <optional>

namespace contract {

inline bool is_in(hv::Compute& compute, const Uuid& id, hv::MachineState state) {
    const auto machine = compute.find(id);
    return machine && machine->state == state;
}

// What a look at all machines tells of this one.
inline std::optional<hv::MachineStatus> status_of(hv::Compute& compute, const Uuid& id) {
    const auto statuses = compute.glance();
    const auto seen = std::ranges::find(statuses, id, &hv::MachineStatus::id);
    return seen == statuses.end() ? std::nullopt : std::optional(*seen);
}

// Listed, looked at and found, it is the same.
inline bool looks_the_same(hv::Compute& compute, const Uuid& id) {
    const auto found = compute.find(id).value();
    const auto all = compute.list();
    const auto listed = std::ranges::find(all, id, &hv::Machine::id);
    const hv::MachineStatus status{id, found.state, found.reason, found.stuck};
    return listed != all.end() && listed->spec == found.spec && listed->state == found.state &&
           listed->reason == found.reason && listed->stuck == found.stuck && status_of(compute, id) == status;
}

inline hv::MachineSpec spec_with(const hv::Volume& volume) {
    hv::MachineSpec spec;
    spec.title = "a <title> & \"more\"";
    spec.owner = "alice";
    spec.memory = 64 * mebibyte;
    spec.notes["type"] = "small";
    hv::Disk disk;
    disk.volume = disk.origin = volume.id;
    disk.bytes = volume.bytes;
    disk.layers.push_back({volume.path, volume.format});
    spec.disks.push_back(disk);
    return spec;
}

// A disk for the verbs that never look for its file.
inline hv::Disk some_disk() {
    hv::Disk disk;
    disk.volume = new_uuid();
    disk.target = "vdz";
    disk.layers.push_back({"/nonexistent/" + disk.volume + ".raw", hv::Format::raw});
    return disk;
}

// A NIC for the verbs that never look for its network.
inline hv::Nic some_nic() { return {new_uuid(), "52:54:00:aa:00:09", {}, ""}; }

inline void check_life(hv::Host& host, const Uuid& id) {
    using enum hv::MachineState;
    auto& compute = host.compute();
    fails(Fault::conflict, [&] { compute.press_power_button(id); });
    fails(Fault::conflict, [&] { compute.suspend(id, hv::Suspend::pause); });
    fails(Fault::conflict, [&] { compute.restart(id, hv::Restart::reset); });
    for (int time = 0; time < 2; ++time) compute.start(id);
    BOOST_TEST(is_in(compute, id, running));
    fails(Fault::conflict, [&] { compute.remove(id); });
    fails(Fault::conflict, [&] { compute.discard(id); });
    compute.press_power_button(id);
    compute.restart(id, hv::Restart::reset);
    compute.suspend(id, hv::Suspend::pause);
    BOOST_TEST(is_in(compute, id, paused));
    compute.start(id);
    BOOST_TEST(is_in(compute, id, running));
    compute.suspend(id, hv::Suspend::save);
    BOOST_TEST(is_in(compute, id, saved));
    compute.start(id);
    BOOST_TEST(is_in(compute, id, running));
    compute.suspend(id, hv::Suspend::save);
    for (int time = 0; time < 2; ++time) compute.discard(id);
    BOOST_TEST(is_in(compute, id, off));
    compute.start(id);
    for (int time = 0; time < 2; ++time) compute.power_off(id);
    BOOST_TEST(is_in(compute, id, off));
}

// What the verbs do is told in words that say what a machine is in since then.
inline void check_told_life(hv::Compute& compute, Witness& witness, const Uuid& id) {
    using enum hv::MachineState;
    compute.start(id);
    BOOST_TEST(witness.hears(id, "started", running));
    compute.suspend(id, hv::Suspend::pause);
    BOOST_TEST(witness.hears(id, "suspended", paused));
    BOOST_TEST(looks_the_same(compute, id));
    compute.start(id);
    BOOST_TEST(witness.hears(id, "resumed", running));
    compute.power_off(id);
    BOOST_TEST(witness.hears(id, "stopped", off, "destroyed"));
    BOOST_TEST(looks_the_same(compute, id));
}

// Off, it becomes what it is asked to be. While it runs, what it cannot have at once waits for its next start, and both
// are told.
inline void check_revision(hv::Compute& compute, const Uuid& id) {
    auto wanted = compute.find(id).value().spec;
    wanted.title = "another";
    wanted.notes = {{"type", "large"}, {"summary", "two <lines>"}};
    wanted.cores = 2;
    wanted.memory = 128 * mebibyte;
    for (int time = 0; time < 2; ++time) compute.revise(id, wanted);
    BOOST_TEST((compute.find(id).value().spec == wanted));

    compute.start(id);
    BOOST_TEST(!compute.find(id).value().now.has_value());
    wanted.memory = 192 * mebibyte;
    compute.revise(id, wanted);
    const auto waiting = compute.find(id).value();
    BOOST_TEST(waiting.spec.memory == wanted.memory);
    BOOST_REQUIRE(waiting.now.has_value());
    BOOST_TEST((*waiting.now == hv::Sizes{2, 128 * mebibyte}));
    auto of_another_kind = wanted;
    of_another_kind.arch = wanted.arch == "i686" ? "x86_64" : "i686";
    fails(Fault::conflict, [&] { compute.revise(id, of_another_kind); });

    compute.suspend(id, hv::Suspend::save);
    auto larger = wanted;
    larger.memory *= 2;
    fails(Fault::conflict, [&] { compute.revise(id, larger); });
    fails(Fault::conflict, [&] { compute.grow(id, wanted.disks.front().volume, 4 * mebibyte); });
    compute.start(id);
    compute.power_off(id);
    BOOST_TEST(!compute.find(id).value().now.has_value());
    BOOST_TEST((compute.find(id).value().spec == wanted));
}

inline void check_growth(hv::Host& host, const Uuid& id, const Uuid& volume) {
    auto& compute = host.compute();
    for (int time = 0; time < 2; ++time) compute.grow(id, volume, 2 * mebibyte);
    compute.grow(id, volume, mebibyte); // never smaller
    BOOST_TEST(host.storage().find(volume).value().bytes == 2 * mebibyte);
    BOOST_TEST(compute.find(id).value().spec.disks.front().bytes == 2 * mebibyte);
    fails(Fault::not_found, [&] { compute.grow(id, new_uuid(), mebibyte); });
    compute.start(id);
    compute.grow(id, volume, 3 * mebibyte);
    BOOST_TEST(host.storage().find(volume).value().bytes == 3 * mebibyte);
    compute.power_off(id);
}

// The guest must not obey the power button.
inline void check_machine(hv::Host& host) {
    auto& compute = host.compute();
    Witness witness(host);
    BOOST_TEST(witness.finds_it());
    const auto disk = new_uuid(), id = new_uuid();
    const auto spec = spec_with(host.storage().create(disk, mebibyte));

    compute.define(id, spec);
    BOOST_TEST(witness.sees(hv::Change::Subject::machine, id));
    fails(Fault::conflict, [&] { compute.define(id, spec); });
    auto seen = compute.find(id).value();
    BOOST_TEST(seen.ours);
    BOOST_TEST(!seen.driver.empty());
    BOOST_TEST((seen.state == hv::MachineState::off));
    BOOST_TEST(seen.spec.disks.at(0).target == "vda");
    seen.spec.disks.at(0).target.clear();
    seen.spec.arch = spec.arch; // the driver's default, when none was wanted
    BOOST_TEST((seen.spec == spec));

    check_life(host, id);
    witness.forget();
    check_told_life(compute, witness, id);
    check_revision(compute, id);
    check_growth(host, id, disk);
    for (int time = 0; time < 2; ++time) compute.remove(id);
    BOOST_TEST(!compute.find(id).has_value());
    BOOST_TEST(!lists(compute.list(), id));
    BOOST_TEST(host.storage().find(disk).has_value());
    host.storage().remove(disk);
}

inline void check_unknown_machine(hv::Host& host) {
    auto& compute = host.compute();
    const auto id = new_uuid();
    BOOST_TEST(!compute.find(id).has_value());
    fails(Fault::not_found, [&] { compute.start(id); });
    fails(Fault::not_found, [&] { compute.press_power_button(id); });
    fails(Fault::not_found, [&] { compute.power_off(id); });
    fails(Fault::not_found, [&] { compute.discard(id); });
    fails(Fault::not_found, [&] { compute.suspend(id, hv::Suspend::pause); });
    fails(Fault::not_found, [&] { compute.restart(id, hv::Restart::acpi); });
    fails(Fault::not_found, [&] { compute.revise(id, {}); });
    fails(Fault::not_found, [&] { compute.grow(id, new_uuid(), mebibyte); });
    fails(Fault::not_found, [&] { compute.attach(id, some_disk()); });
    fails(Fault::not_found, [&] { compute.detach(id, new_uuid(), std::chrono::seconds(1)); });
    fails(Fault::not_found, [&] { compute.attach(id, some_nic()); });
    fails(Fault::not_found, [&] { compute.detach(id, some_nic(), std::chrono::seconds(1)); });
    fails(Fault::not_found, [&] { compute.set_link(id, new_uuid(), false); });
    BOOST_TEST(!status_of(compute, id).has_value());
    compute.remove(id);
}

// `id`: a running machine that somebody else made. It is as it was afterwards.
inline void check_foreign_machine(hv::Host& host, const Uuid& id) {
    auto& compute = host.compute();
    const auto before = compute.find(id).value();
    BOOST_TEST(!before.ours);
    BOOST_TEST(!before.driver.empty());
    fails(Fault::forbidden, [&] { compute.start(id); });
    fails(Fault::forbidden, [&] { compute.press_power_button(id); });
    fails(Fault::forbidden, [&] { compute.power_off(id); });
    fails(Fault::forbidden, [&] { compute.discard(id); });
    fails(Fault::forbidden, [&] { compute.suspend(id, hv::Suspend::save); });
    fails(Fault::forbidden, [&] { compute.restart(id, hv::Restart::reset); });
    fails(Fault::forbidden, [&] { compute.revise(id, {}); });
    fails(Fault::forbidden, [&] { compute.grow(id, new_uuid(), mebibyte); });
    fails(Fault::forbidden, [&] { compute.attach(id, some_disk()); });
    fails(Fault::forbidden, [&] { compute.detach(id, new_uuid(), std::chrono::seconds(1)); });
    fails(Fault::forbidden, [&] { compute.attach(id, some_nic()); });
    fails(Fault::forbidden, [&] { compute.detach(id, some_nic(), std::chrono::seconds(1)); });
    fails(Fault::forbidden, [&] { compute.set_link(id, new_uuid(), false); });
    BOOST_TEST(looks_the_same(compute, id));
    fails(Fault::forbidden, [&] { compute.remove(id); });
    const auto after = compute.find(id).value();
    BOOST_TEST((after.state == before.state));
    BOOST_TEST((after.spec == before.spec));
}

} // namespace contract
