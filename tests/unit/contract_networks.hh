#pragma once
// What drivers/contract/network.hh promises, and what is told of the host, as checks.
//
// Threads: one; the host tells its changes on another.

#include "tests/unit/contract_checks.hh"

#include <set>

namespace contract {

// `block`: addresses that nothing on the node has.
inline hv::NetworkInfo network_on(const Ipv4Block& block) {
    hv::NetworkInfo wanted;
    wanted.id = new_uuid();
    wanted.name = "occi-" + wanted.id;
    wanted.mode = hv::NetworkMode::isolated;
    wanted.block = block;
    return wanted;
}

inline void check_network(hv::Host& host, const Ipv4Block& block) {
    auto& networks = host.network();
    const auto wanted = network_on(block);

    const auto made = networks.create(wanted);
    BOOST_TEST(made.ours);
    BOOST_TEST(made.active);
    BOOST_TEST(made.name == wanted.name);
    BOOST_TEST((made.block == wanted.block));
    BOOST_TEST(!made.bridge.empty());
    BOOST_TEST(lists(networks.list(), wanted.id));
    fails(Fault::conflict, [&] { networks.create(wanted); });

    const hv::Reservation first{"52:54:00:aa:00:01", block.nth(2)};
    const hv::Reservation thief{"52:54:00:aa:00:02", block.nth(2)};
    const hv::Reservation second{"52:54:00:aa:00:02", block.nth(3)};
    for (const auto& each : {first, first, second}) networks.reserve(wanted.id, each);
    fails(Fault::conflict, [&] { networks.reserve(wanted.id, thief); });
    BOOST_TEST(networks.find(wanted.id).value().reservations.size() == 2U);
    for (const auto& each : {first, first}) networks.release(wanted.id, each);
    BOOST_TEST((networks.find(wanted.id).value().reservations == std::vector{second}));
    networks.reserve(wanted.id,
                     hv::Reservation{thief.mac.substr(0, 16) + "3", thief.address}); // it is free again

    for (int time = 0; time < 2; ++time) networks.remove(wanted.id);
    BOOST_TEST(!networks.find(wanted.id).has_value());
    fails(Fault::not_found, [&] { networks.reserve(wanted.id, first); });

    auto again = wanted;
    again.reservations = {first, second};
    BOOST_TEST((networks.create(again).reservations == again.reservations));
    networks.remove(wanted.id);
}

inline void check_network_state(hv::Host& host, const Ipv4Block& block) {
    auto& networks = host.network();
    const auto id = networks.create(network_on(block)).id;
    const hv::Reservation reservation{"52:54:00:aa:00:01", block.nth(2)};
    const auto is_active = [&] { return networks.find(id).value().active; };
    Witness witness(host);
    networks.stop(id, true);
    BOOST_TEST(is_active(), "it went away under its users");
    for (int time = 0; time < 2; ++time) networks.stop(id, false);
    BOOST_TEST(!is_active());
    BOOST_TEST(witness.sees(hv::Change::Subject::network, id));
    networks.reserve(id, reservation); // also while it rests
    witness.forget();
    for (int time = 0; time < 2; ++time) networks.start(id);
    BOOST_TEST(is_active());
    BOOST_TEST(witness.sees(hv::Change::Subject::network, id));
    BOOST_TEST((networks.find(id).value().reservations == std::vector{reservation}));
    networks.stop(id, false);
    networks.remove(id);
    fails(Fault::not_found, [&] { networks.start(id); });
    fails(Fault::not_found, [&] { networks.stop(id, false); });
}

inline void check_foreign_network(hv::Host& host, const Uuid& id) {
    auto& networks = host.network();
    const auto before = networks.find(id).value();
    BOOST_TEST(!before.ours);
    const hv::Reservation wanted{"52:54:00:aa:00:01", before.block ? before.block->nth(2) : Ipv4{}};
    fails(Fault::forbidden, [&] { networks.reserve(id, wanted); });
    fails(Fault::forbidden, [&] { networks.release(id, wanted); });
    fails(Fault::forbidden, [&] { networks.start(id); });
    fails(Fault::forbidden, [&] { networks.stop(id, false); });
    fails(Fault::forbidden, [&] { networks.remove(id); });
    BOOST_TEST(networks.find(id).has_value());
}

// QEMU's prefix is what tools take for a virtual machine's.
inline void check_macs(hv::Host& host) {
    std::set<std::string> proposed;
    for (int time = 0; time < 8; ++time) proposed.insert(host.facts().propose_mac());
    BOOST_TEST(proposed.size() == 8U);
    for (const auto& mac : proposed) {
        BOOST_TEST(mac.size() == 17U);
        BOOST_TEST(mac.starts_with("52:54:00:"));
        BOOST_TEST(mac.find_first_not_of("0123456789abcdef:") == std::string::npos);
    }
}

} // namespace contract
