#pragma once
// What drivers/contract/compute.hh promises of NICs and their cables, as checks.
//
// Threads: one; the host tells its changes on another.

#include "tests/unit/contract_disks.hh"
#include "tests/unit/contract_networks.hh"

namespace contract {

inline void check_cables(hv::Host& host, const Ipv4Block& block) {
    auto& compute = host.compute();
    const auto network = host.network().create(network_on(block)).id, disk = new_uuid(), id = new_uuid();
    auto spec = spec_with(host.storage().create(disk, mebibyte));
    spec.nics.push_back({network, host.facts().propose_mac(), std::nullopt, ""});
    compute.define(id, spec);
    const auto before = compute.find(id).value().spec;
    compute.set_link(id, network, false); // nothing is plugged in yet
    compute.start(id);
    for (const bool plugged_in : {false, false, true, true}) compute.set_link(id, network, plugged_in);
    BOOST_TEST(is_in(compute, id, hv::MachineState::running));
    compute.power_off(id);
    BOOST_TEST((compute.find(id).value().spec == before));
    compute.remove(id);
    host.storage().remove(disk);
    host.network().remove(network);
}

// A network and NICs on it for `machine`. All gone at the end; the machine has let go of them before.
struct MachineAndNetwork {
    MachineAndVolumes& it;
    hv::NetworkInfo network;

    // As the agent does it: the address is reserved before its NIC comes.
    MachineAndNetwork(MachineAndVolumes& machine, const Ipv4Block& block)
        : it(machine), network(machine.host.network().create(network_on(block))) {
        it.host.network().reserve(network.id, {nic(2).mac, *nic(2).address});
    }
    MachineAndNetwork(const MachineAndNetwork&) = delete;
    MachineAndNetwork& operator=(const MachineAndNetwork&) = delete;
    ~MachineAndNetwork() {
        try {
            it.host.network().remove(network.id);
        } catch (const Error& failure) {
            BOOST_ERROR(failure.what());
        }
    }

    hv::Nic nic(unsigned number) const {
        return {network.id, "52:54:00:aa:00:0" + std::to_string(number), network.block->nth(number), ""};
    }
    // Those that it is shown with, and whether each has its end on the host.
    std::vector<hv::Nic> nics() { return it.host.compute().find(it.id).value().spec.nics; }
    std::vector<std::string> macs() {
        std::vector<std::string> all;
        for (const auto& each : nics()) all.push_back(each.mac);
        return all;
    }
    bool all_have_devices() {
        return std::ranges::none_of(nics(), [](const hv::Nic& each) { return each.device.empty(); });
    }
    void attach(unsigned number) { it.host.compute().attach(it.id, nic(number)); }
    void detach(unsigned number) { it.host.compute().detach(it.id, nic(number), std::chrono::seconds(20)); }
};

// Guests are not asked for anything: the machine is off when it gives a NIC back.
inline void check_nics(hv::Host& host, const Ipv4Block& block) {
    using Macs = std::vector<std::string>;
    MachineAndVolumes machine(host);
    MachineAndNetwork it(machine, block);
    const auto first = it.nic(2).mac, second = it.nic(3).mac;
    Witness witness(host);

    it.attach(2);
    BOOST_TEST(witness.sees(hv::Change::Subject::machine, machine.id));
    BOOST_TEST((it.nics() == std::vector{it.nic(2)}));
    it.attach(2);
    BOOST_TEST(it.macs() == Macs{first}, "the second time changed something");
    fails(Fault::not_found, [&] { host.compute().attach(machine.id, some_nic()); });
    BOOST_TEST(it.macs() == Macs{first}, "what was refused is there");

    host.compute().start(machine.id);
    for (int time = 0; time < 2; ++time) it.attach(3);
    BOOST_TEST(it.macs() == (Macs{first, second}));
    BOOST_TEST(it.all_have_devices());
    BOOST_TEST(looks_the_same(host.compute(), machine.id));
    host.compute().suspend(machine.id, hv::Suspend::save);
    fails(Fault::conflict, [&] { it.detach(2); }); // its memory knows the NIC
    fails(Fault::conflict, [&] { it.attach(4); });
    host.compute().start(machine.id);
    host.compute().power_off(machine.id);
    BOOST_TEST(it.macs() == (Macs{first, second}));

    witness.forget();
    for (int time = 0; time < 2; ++time) it.detach(2);
    BOOST_TEST(witness.sees(hv::Change::Subject::machine, machine.id));
    BOOST_TEST(it.macs() == Macs{second});
    it.detach(3);
    BOOST_TEST(it.macs() == Macs{});
}

// `it` runs, and its guest lets go of what it is asked for.
inline void check_release(MachineAndNetwork& it) {
    for (int round = 0; round < 2; ++round) {
        it.attach(2);
        BOOST_TEST(it.macs() == std::vector{it.nic(2).mac});
        BOOST_TEST(it.all_have_devices());
        for (int time = 0; time < 2; ++time) it.detach(2);
        BOOST_TEST(it.macs() == std::vector<std::string>{});
    }
}

// `it` runs, and its guest never lets go. It is off at the end.
inline void check_refusal(MachineAndNetwork& it) {
    auto& compute = it.it.host.compute();
    it.attach(2);
    for (int time = 0; time < 2; ++time)
        fails(Fault::conflict, [&] { compute.detach(it.it.id, it.nic(2), std::chrono::milliseconds(300)); });
    BOOST_TEST(it.macs() == std::vector{it.nic(2).mac});
    BOOST_TEST(it.all_have_devices());
    compute.power_off(it.it.id);
    BOOST_TEST(it.macs() == std::vector{it.nic(2).mac}, "it was taken away for later starts");
    it.detach(2);
    BOOST_TEST(it.macs() == std::vector<std::string>{});
}

} // namespace contract
