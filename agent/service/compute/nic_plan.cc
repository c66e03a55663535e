#include "agent/service/compute/nic_plan.hh"

#include "agent/base/error.hh"
#include "agent/base/hex.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/link_ends.hh"
#include "agent/service/compute/machine_start.hh"
#include "agent/service/network/addresses.hh"
#include "agent/service/ownership.hh"

#include <array>
#include <utility>

namespace service {
namespace {

namespace name = occi::name;

constexpr int most_mac_proposals = 1000;

// In words that a shell takes as one.
std::string quoted(const std::string& name) {
    std::string quoted = "'";
    for (const char c : name) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text::printable(quoted + "'");
}

// What can be done about one that is not active.
std::string way_up(const hv::NetworkInfo& network) {
    if (network.ours) return "bring it up (action up), or name another one";
    return "others have made it, so start it with virsh net-start " + quoted(network.name) +
           ", or name another one";
}

bool is_mac(std::string_view mac) { return text::has_hex_shape(mac, "xx:xx:xx:xx:xx:xx"); }

// The lowest bit of the first byte says that an address is of a group.
bool is_unicast(std::string_view mac) {
    return text::from_hex(mac.substr(0, 2)).value_or(1) % 2 == 0 && mac.find_first_not_of("0:") != mac.npos;
}

// No guest can have them. The last one, for broadcasts, lies behind those that are usable.
void refuse_reserved(const Ipv4& address, const hv::NetworkInfo& network) {
    const std::array reserved{std::pair{network.block->address, "the network's own"},
                              std::pair{network.block->nth(1), "this host's"}};
    for (const auto& [taken, whose] : reserved)
        if (address == taken)
            throw Error(Fault::conflict, "the IP address " + address.text() + " is " + whose +
                                             " in network " + network.id + " (" + network.block->text() +
                                             "): name another one, or none to get one that is free");
}

} // namespace

NicPlanner::NicPlanner(Context& context, const state::Snapshot& seen, const Claimed& others,
                       const auth::Principal& who)
    : context_(context), seen_(seen), others_(others), who_(who),
      addresses_(others.addresses.begin(), others.addresses.end()),
      macs_(others.macs.begin(), others.macs.end()) {
    for (const auto& [id, machine] : seen.machines) add(machine->spec);
    for (const auto& [id, record] : seen.compute_records)
        if (record->phase != state::Phase::failed && state::record_alone(seen, id)) add(record->spec);
    for (const auto& [id, network] : seen.networks)
        for (const auto& reservation : network->reservations) {
            addresses_.insert({id, reservation.address});
            macs_.insert(reservation.mac);
        }
}

void NicPlanner::add(const hv::MachineSpec& spec) {
    for (const auto& nic : spec.nics) {
        macs_.insert(nic.mac);
        if (nic.address) addresses_.insert({nic.network, *nic.address});
    }
}

std::vector<hv::Nic> NicPlanner::plan(const std::vector<occi::Link>& links) {
    const auto& network = *context_.model.known().network;
    for (const auto& link : links) {
        if (const auto wish = Ipv4::parse(link.string(name::nic_address).value_or("")))
            wished_addresses_.insert({end_at(link.target, network), *wish});
        if (const auto wish = link.string(name::mac)) wished_macs_.insert(text::lower(*wish));
    }
    std::vector<hv::Nic> nics;
    nics.reserve(links.size());
    for (const auto& link : links) nics.push_back(wished_nic(link));
    return nics;
}

hv::Nic NicPlanner::plan_default(const hv::NetworkInfo& network) { return nic_on(network, nullptr); }

hv::Nic NicPlanner::wished_nic(const occi::Link& link) {
    const auto id = end_at(link.target, *context_.model.known().network);
    if (id.empty()) throw Error(Fault::invalid, "a network interface names no network");
    const auto* network = state::find(seen_.networks, id);
    if (!network || !who_.may_see(whose_network(context_, seen_, id)))
        throw Error(Fault::invalid,
                    "there is no network " + text::printable(id) + " for the network interface");
    return nic_on(*network, &link);
}

hv::Nic NicPlanner::nic_on(const hv::NetworkInfo& network, const occi::Link* link) {
    const auto& id = network.id;
    const auto* record = state::find(seen_.network_records, id);
    if (record && record->phase == state::Phase::leaving)
        throw Error(Fault::conflict, "network " + id + " is being removed");
    refuse_down(seen_, others_, id);
    if (!network.active) throw Error(Fault::conflict, "network " + id + " is not active: " + way_up(network));

    hv::Nic nic;
    nic.network = id;
    if (link) nic.title = link->string(name::title).value_or("");
    nic.mac = mac_for(link);
    macs_.insert(nic.mac);
    const auto usable = network.block ? usable_addresses(*network.block, record ? record->size : "") : 0;
    if (link) nic.address = wished_address(*link, network, usable);
    if (!nic.address && network.ours && network.block) nic.address = free_address(network, usable);
    if (nic.address) addresses_.insert({id, *nic.address});
    return nic;
}

std::string NicPlanner::mac_for(const occi::Link* link) const {
    const auto wish = link ? link->string(name::mac) : std::nullopt;
    if (!wish) return free_mac();
    auto mac = text::lower(*wish);
    if (!is_mac(mac) || !is_unicast(mac))
        throw Error(Fault::invalid, "the MAC address \"" + text::printable(*wish) +
                                        "\" is none of one network interface, such as 52:54:00:12:34:56");
    if (macs_.contains(mac)) throw Error(Fault::conflict, "the MAC address " + mac + " is taken");
    return mac;
}

std::string NicPlanner::free_mac() const {
    for (int tries = 0; tries < most_mac_proposals; ++tries)
        if (auto mac = context_.host.facts().propose_mac();
            !macs_.contains(mac) && !wished_macs_.contains(mac))
            return mac;
    throw Error(Fault::conflict, "no free MAC address was found");
}

Ipv4 NicPlanner::free_address(const hv::NetworkInfo& network, std::uint64_t usable) const {
    for (std::uint64_t index = 2; index <= usable; ++index) {
        const Address candidate{network.id, network.block->nth(index)};
        if (!addresses_.contains(candidate) && !wished_addresses_.contains(candidate))
            return candidate.second;
    }
    throw Error(Fault::conflict, "network " + network.id + " has no free address left");
}

// The address a client asked for, checked; nullopt: it asked for none.
std::optional<Ipv4> NicPlanner::wished_address(const occi::Link& link, const hv::NetworkInfo& network,
                                               std::uint64_t usable) const {
    const auto wish = link.string(name::nic_address);
    if (!wish) return std::nullopt;
    const auto address = Ipv4::parse(*wish);
    if (!address)
        throw Error(Fault::invalid,
                    "the IP address \"" + text::printable(*wish) + "\" is no IPv4 address such as 10.1.0.7");
    if (!network.ours || !network.block)
        throw Error(Fault::conflict, "the IP address " + *wish + " cannot be promised: network " +
                                         network.id + " gives its addresses itself");
    refuse_reserved(*address, network);
    if (!network.block->contains(*address) || address->bits - network.block->address.bits > usable)
        throw Error(Fault::conflict, "the IP address " + *wish + " is outside of network " + network.id +
                                         " (" + network.block->text() + ")");
    if (addresses_.contains({network.id, *address}))
        throw Error(Fault::conflict, "the IP address " + *wish + " of network " + network.id + " is taken");
    return address;
}

} // namespace service
