#pragma once
// From networkinterfaces to NICs of a machine: each gets a MAC and, in a network whose addresses the agent gives out,
// an address that nobody has and nobody is about to get.
//
// Threads: one; made under the lock of the claims, for one request.

#include "agent/service/context.hh"

#include "agent/auth/principal.hh"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace service {

class NicPlanner {
public:
    // All of these outlive the plan.
    NicPlanner(Context&, const state::Snapshot&, const Claimed& others, const auth::Principal&);

    // Throws Error{invalid}: no such network, a malformed MAC or address; Error{conflict}: what is asked for is taken,
    // or the network is not active or being removed.
    std::vector<hv::Nic> plan(const std::vector<occi::Link>&);
    // A NIC on the default network, which belongs to nobody and is for everybody.
    // It may be one that is still being made.
    hv::Nic plan_default(const hv::NetworkInfo&);

private:
    using Address = std::pair<Uuid, Ipv4>; // of a network

    void add(const hv::MachineSpec&);
    hv::Nic wished_nic(const occi::Link&);
    hv::Nic nic_on(const hv::NetworkInfo&, const occi::Link*);
    std::string mac_for(const occi::Link*) const;
    std::string free_mac() const;
    std::optional<Ipv4> wished_address(const occi::Link&, const hv::NetworkInfo&, std::uint64_t usable) const;
    Ipv4 free_address(const hv::NetworkInfo&, std::uint64_t usable) const;

    Context& context_;
    const state::Snapshot& seen_;
    const Claimed& others_;
    const auth::Principal& who_;
    // Addresses and MACs in use, by machines that are there and by those that are being made.
    std::set<Address> addresses_;
    std::set<std::string> macs_;
    // Those that another NIC of the same request wishes: not given to a NIC that wishes none.
    std::set<Address> wished_addresses_;
    std::set<std::string> wished_macs_;
};

} // namespace service
