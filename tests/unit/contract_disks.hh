#pragma once
// What drivers/contract/compute.hh promises of disks that come and go and grow, as checks.
//
// Threads: one; the host tells its changes on another.

#include "tests/unit/contract_machines.hh"

namespace contract {

// A machine, its own disk, and two volumes that it may have. All gone at the end, if the machine is off then.
struct MachineAndVolumes {
    hv::Host& host;
    Uuid id = new_uuid();
    hv::Volume own = host.storage().create(new_uuid(), mebibyte);
    hv::Volume first = host.storage().create(new_uuid(), 2 * mebibyte);
    hv::Volume second = host.storage().create(new_uuid(), 3 * mebibyte);

    explicit MachineAndVolumes(hv::Host& hypervisor) : host(hypervisor) {
        host.compute().define(id, spec_with(own));
    }
    MachineAndVolumes(const MachineAndVolumes&) = delete;
    MachineAndVolumes& operator=(const MachineAndVolumes&) = delete;
    ~MachineAndVolumes() {
        try {
            host.compute().remove(id);
            for (const auto& volume : {own, first, second}) host.storage().remove(volume.id);
        } catch (const Error& failure) {
            BOOST_ERROR(failure.what());
        }
    }

    std::vector<hv::Disk> disks() { return host.compute().find(id).value().spec.disks; }
    void attach(const hv::Disk& disk) { host.compute().attach(id, disk); }
    void detach(const hv::Volume& volume) { host.compute().detach(id, volume.id, std::chrono::seconds(20)); }
};

inline hv::Disk disk_on(const hv::Volume& volume, const std::string& target) {
    auto disk = spec_with(volume).disks.front();
    disk.target = target;
    return disk;
}

// Guests are not asked for anything: the machine is off when it gives a disk back.
inline void check_disks(hv::Host& host) {
    MachineAndVolumes it(host);
    const auto before = it.disks();
    const auto first = disk_on(it.first, "vdb"), second = disk_on(it.second, "vdc");
    Witness witness(host);

    it.attach(first);
    BOOST_TEST(witness.sees(hv::Change::Subject::machine, it.id));
    BOOST_TEST((it.disks() == std::vector{before.at(0), first}));
    it.attach(first);
    BOOST_TEST(it.disks().size() == 2U, "the second time changed something");
    fails(Fault::conflict, [&] { it.attach(disk_on(it.second, "vdb")); });
    BOOST_TEST(it.disks().size() == 2U, "what was refused is there");

    host.compute().start(it.id);
    for (int time = 0; time < 2; ++time) it.attach(second);
    BOOST_TEST((it.disks() == std::vector{before.at(0), first, second}));
    BOOST_TEST(looks_the_same(host.compute(), it.id));
    host.compute().suspend(it.id, hv::Suspend::save);
    fails(Fault::conflict, [&] { it.detach(it.first); }); // its memory knows the disk
    host.compute().start(it.id);
    BOOST_TEST(it.disks().size() == 3U);
    host.compute().power_off(it.id);
    BOOST_TEST((it.disks() == std::vector{before.at(0), first, second}));

    witness.forget();
    for (int time = 0; time < 2; ++time) it.detach(it.first);
    BOOST_TEST(witness.sees(hv::Change::Subject::machine, it.id));
    BOOST_TEST((it.disks() == std::vector{before.at(0), second}));
    BOOST_TEST(host.storage().find(it.first.id).has_value());
    it.attach(disk_on(it.first, "vdb"));
    it.detach(it.second);
    it.detach(it.first);
    BOOST_TEST((it.disks() == before));
}

// `it` runs, and its guest lets go of what it is asked for.
inline void check_release(MachineAndVolumes& it) {
    const auto before = it.disks();
    for (int round = 0; round < 2; ++round) { // its place is free again
        it.attach(disk_on(it.first, "vdb"));
        BOOST_TEST(it.disks().size() == before.size() + 1);
        for (int time = 0; time < 2; ++time) it.detach(it.first);
        BOOST_TEST((it.disks() == before));
    }
}

// `it` runs, on whatever its guest does.
inline void check_disks_in_use(MachineAndVolumes& it) {
    auto& compute = it.host.compute();
    auto& storage = it.host.storage();
    const auto progress = [](unsigned percent) { BOOST_TEST(percent <= 100U); };
    it.attach(disk_on(it.first, "vdb"));
    for (int time = 0; time < 2; ++time) compute.grow(it.id, it.first.id, 3 * mebibyte);
    compute.grow(it.id, it.first.id, 2 * mebibyte); // never smaller
    BOOST_TEST(storage.find(it.first.id).value().bytes == 3 * mebibyte);
    BOOST_TEST(it.disks().back().bytes == 3 * mebibyte);
    fails(Fault::not_found, [&] { compute.grow(it.id, it.second.id, 9 * mebibyte); });

    std::stop_source stopped;
    stopped.request_stop();
    fails(Fault::conflict,
          [&] { compute.copy_disk(it.id, it.first.id, it.second, progress, stopped.get_token()); });
    compute.copy_disk(it.id, it.first.id, it.second, progress, {});
    fails(Fault::not_found, [&] { compute.copy_disk(it.id, new_uuid(), it.second, progress, {}); });
    compute.power_off(it.id);
    compute.grow(it.id, it.first.id, 4 * mebibyte);
    BOOST_TEST(storage.find(it.first.id).value().bytes == 4 * mebibyte);
    fails(Fault::conflict, [&] { compute.copy_disk(it.id, it.first.id, it.second, progress, {}); });
    it.detach(it.first);
}

// `it` runs, and its guest never lets go. It is off at the end.
inline void check_refusal(MachineAndVolumes& it) {
    auto& compute = it.host.compute();
    it.attach(disk_on(it.first, "vdb"));
    const auto with_it = it.disks();
    for (int time = 0; time < 2; ++time)
        fails(Fault::conflict, [&] { compute.detach(it.id, it.first.id, std::chrono::milliseconds(300)); });
    BOOST_TEST((it.disks() == with_it));
    compute.power_off(it.id);
    BOOST_TEST((it.disks() == with_it), "it was taken away for later starts");
    it.detach(it.first);
    BOOST_TEST(it.disks().size() == with_it.size() - 1);
}

} // namespace contract
