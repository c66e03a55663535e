#pragma once
// Whose a machine and a network are, and which volumes are in use, as checks.
//
// Threads: one; the host tells its changes on another.

#include "tests/unit/contract_disks.hh"
#include "tests/unit/contract_networks.hh"

#include <set>

namespace contract {

// `agent`: who the host is told to be for.
inline void check_ownership(hv::Host& host, const Ipv4Block& block, const Uuid& agent) {
    MachineAndVolumes it(host);
    const auto network = host.network().create(network_on(block)).id;
    it.attach(disk_on(it.first, "vdb"));
    BOOST_TEST(host.compute().find(it.id)->ours);
    BOOST_TEST(host.network().find(network)->ours);

    host.hypervisor().be("b0000000-0000-4000-8000-00000000000b"); // another agent beside it
    BOOST_TEST(!host.compute().find(it.id)->ours);
    BOOST_TEST(!host.network().find(network)->ours);
    fails(Fault::forbidden, [&] { host.compute().remove(it.id); });
    fails(Fault::forbidden, [&] { host.compute().power_off(it.id); });
    fails(Fault::forbidden, [&] { host.network().remove(network); });
    host.hypervisor().be(agent);
    BOOST_TEST(host.compute().find(it.id)->ours);
    host.network().remove(network);

    const auto holdings = host.compute().holdings();
    const auto own = std::ranges::find(holdings, it.id, &hv::Holding::id);
    BOOST_REQUIRE(own != holdings.end());
    BOOST_TEST(!own->in_memory);
    std::set<Uuid> held;
    for (const auto& medium : own->media)
        for (const auto& [file, volumes] : host.storage().behind(medium.files))
            held.insert(volumes.begin(), volumes.end());
    held.erase(""); // what is named beside disks, such as the file of its console, is no volume
    BOOST_TEST((held == std::set{it.own.id, it.first.id}));
    it.detach(it.first);
}

} // namespace contract
