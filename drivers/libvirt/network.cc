#include "drivers/libvirt/network.hh"

#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "drivers/host/dhcp_release.hh"
#include "drivers/host/routes.hh"
#include "drivers/libvirt/xml_network.hh"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <span>

namespace hv::libvirt {
namespace {

// What libvirt returns as an array of handles, and its length or -1.
class NetworkList {
public:
    explicit NetworkList(virConnectPtr connection)
        : length_(virConnectListAllNetworks(connection, &first_, 0)) {
        if (length_ < 0) throw last_error("list the networks");
    }
    ~NetworkList() {
        for (auto* network : all()) virNetworkFree(network);
        std::free(first_); // NOLINT: libvirt takes it from malloc()
    }
    NetworkList(const NetworkList&) = delete;
    NetworkList& operator=(const NetworkList&) = delete;
    std::span<virNetworkPtr> all() const { return {first_, static_cast<std::size_t>(length_)}; }

private:
    virNetworkPtr* first_ = nullptr;
    int length_;
};

// nullopt when it has gone meanwhile.
std::optional<NetworkInfo> info_of(virNetworkPtr network, const Uuid& agent) {
    const Text xml(virNetworkGetXMLDesc(network, 0));
    if (!xml && last_code() == VIR_ERR_NO_NETWORK) return std::nullopt;
    if (!xml) throw last_error("describe a network");
    auto info = network_in(xml.get(), agent);
    info.active = virNetworkIsActive(network) == 1;
    if (info.ours && info.active && virNetworkIsPersistent(network) == 0)
        info.trouble =
            "somebody else has undefined it, so that it takes no new addresses and is gone when it stops: "
            "bring it up again (action up)";
    return info;
}

std::vector<NetworkInfo> list_of(virConnectPtr connection, const Uuid& agent) {
    std::vector<NetworkInfo> infos;
    const NetworkList networks(connection);
    for (auto* network : networks.all())
        if (auto info = info_of(network, agent)) infos.push_back(std::move(*info));
    return infos;
}

// An empty handle when there is none.
LibvirtNetwork look_up(virConnectPtr connection, const Uuid& id) {
    LibvirtNetwork network(virNetworkLookupByUUIDString(connection, id.c_str()));
    // A name that is no UUID at all is VIR_ERR_INVALID_ARG.
    if (!network && last_code() != VIR_ERR_NO_NETWORK && last_code() != VIR_ERR_INVALID_ARG)
        throw last_error("find network " + id);
    return network;
}

// One of ours, to be changed, as it is now.
struct Own {
    LibvirtNetwork network;
    NetworkInfo info;
};

std::optional<Own> find_own(virConnectPtr connection, const Uuid& id, const Uuid& agent) {
    auto network = look_up(connection, id);
    auto info = network ? info_of(network.get(), agent) : std::nullopt;
    if (!info) return std::nullopt;
    if (!info->ours)
        throw Error(Fault::forbidden,
                    "network " + id + " (\"" + info->name + "\") was not made by this agent");
    return Own{std::move(network), std::move(*info)};
}

enum class Standing { absent, present, taken };

// What a network has of a reservation; taken: something is in its way.
Standing standing_of(const NetworkInfo& info, const Reservation& wanted) {
    for (const auto& each : info.reservations) {
        if (each == wanted) return Standing::present;
        if (each.address == wanted.address || each.mac == wanted.mac) return Standing::taken;
    }
    return Standing::absent;
}

[[noreturn]] void fail_taken(const NetworkInfo& info, const Reservation& wanted) {
    for (const auto& each : info.reservations)
        if (each.address == wanted.address || each.mac == wanted.mac)
            throw Error(Fault::conflict, "network " + info.id + ": " + wanted.address.text() +
                                             " cannot be reserved for " + wanted.mac + ", since " +
                                             each.address.text() + " is for " + each.mac);
    throw Error(Fault::internal, "network " + info.id + ": no reservation is in the way");
}

// Another thread may change the same reservation between our look and our change: then we look again.
constexpr int attempts = 3;

// Each takes 0.1 s and more, and there may be as many before it as there are operations.
constexpr std::chrono::seconds patience_for_addresses{30};

// Whether libvirt has taken the change; last_error() says why not.
bool update(const Own& own, virNetworkUpdateCommand command, const Reservation& reservation) {
    constexpr int in_any_ip_element = -1;
    const unsigned flags = own.info.active ? VIR_NETWORK_UPDATE_AFFECT_LIVE | VIR_NETWORK_UPDATE_AFFECT_CONFIG
                                           : VIR_NETWORK_UPDATE_AFFECT_CONFIG;
    return virNetworkUpdate(own.network.get(), command, VIR_NETWORK_SECTION_IP_DHCP_HOST, in_any_ip_element,
                            host_xml(reservation).c_str(), flags) == 0;
}

struct Lease {
    std::string mac;
    Ipv4 address;
};

std::vector<Lease> leases_of(virNetworkPtr network) {
    virNetworkDHCPLeasePtr* first = nullptr;
    const int length = virNetworkGetDHCPLeases(network, nullptr, &first, 0);
    std::vector<Lease> leases;
    for (int i = 0; i < length; ++i) {
        const Handle<virNetworkDHCPLease, virNetworkDHCPLeaseFree> lease(first[i]);
        const auto address = Ipv4::parse(lease->ipaddr ? lease->ipaddr : "");
        if (lease->mac && address) leases.push_back({text::lower(lease->mac), *address});
    }
    std::free(first); // NOLINT: libvirt takes it from malloc()
    return leases;
}

// Ends leases of `wanted.address` that others hold. The reservation is good without: its guest gets the address when
// the old lease has run out.
void end_old_leases(const Own& own, const Reservation& wanted) noexcept try {
    if (!own.info.active || !own.info.block) return;
    for (const auto& lease : leases_of(own.network.get())) {
        const auto mac = host::parse_mac(lease.mac);
        if (lease.address != wanted.address || lease.mac == wanted.mac || !mac) continue;
        host::send_release(own.info.bridge, *mac, lease.address, own.info.block->nth(1));
        logging::debug("network {}: ended the lease of {} by {}", own.info.id, lease.address.text(),
                       lease.mac);
    }
} catch (const std::exception& failure) {
    logging::warning("network {}: {}; {} gets its address later", own.info.id, failure.what(), wanted.mac);
}

std::string choose_bridge(virConnectPtr connection, const Uuid& id) {
    std::set<std::string> taken; // also by networks that are not active
    for (const auto& info : list_of(connection, {})) taken.insert(info.bridge);
    return bridge_name(
        id, [&](const std::string& name) { return taken.contains(name) || host::is_device(name); });
}

NetworkInfo define(virConnectPtr connection, NetworkInfo wanted, const Uuid& agent) {
    const auto doing = "create network " + wanted.id;
    // Defining is replacing, to libvirt.
    if (look_up(connection, wanted.id))
        throw Error(Fault::conflict, "there is a network " + wanted.id + " already");
    if (wanted.mode != NetworkMode::bridge) wanted.bridge = choose_bridge(connection, wanted.id);

    const LibvirtNetwork network(virNetworkDefineXMLFlags(connection, network_xml(wanted, agent).c_str(),
                                                          VIR_NETWORK_DEFINE_VALIDATE));
    if (!network) throw last_error(doing);
    Defer undefine([&] { virNetworkUndefine(network.get()); });
    if (virNetworkSetAutostart(network.get(), 1) != 0 || virNetworkCreate(network.get()) != 0)
        throw last_error(doing);
    Defer destroy([&] { virNetworkDestroy(network.get()); });
    auto info = info_of(network.get(), agent);
    if (!info) throw Error(Fault::conflict, "network " + wanted.id + " was removed while it was made");
    destroy.dismiss();
    undefine.dismiss();
    return std::move(*info);
}

// The outcome is asked for, not trusted: another thread may have been first.
void set_active(const Own& own, bool active, const std::string& doing) {
    auto* network = own.network.get();
    if (own.info.active == active) return;
    if ((active ? virNetworkCreate(network) : virNetworkDestroy(network)) == 0) return;
    const auto failure = last_error(doing);
    if (virNetworkIsActive(network) == (active ? 0 : 1)) throw failure;
}

void set_autostart(const Own& own, bool on, const std::string& doing) {
    if (virNetworkSetAutostart(own.network.get(), on ? 1 : 0) != 0) throw last_error(doing);
}

Own known_own(virConnectPtr connection, const Uuid& id, const Uuid& agent) {
    auto own = find_own(connection, id, agent);
    if (!own) throw Error(Fault::not_found, "there is no network " + id);
    return std::move(*own);
}

// As it runs, with those on it.
void define_again(virConnectPtr connection, const Own& own, const std::string& doing) {
    auto* network = own.network.get();
    if (!own.info.active || virNetworkIsPersistent(network) != 0) return;
    const Text xml(virNetworkGetXMLDesc(network, 0));
    if (!xml || !LibvirtNetwork(virNetworkDefineXML(connection, xml.get()))) throw last_error(doing);
}

void undefine(virConnectPtr connection, const Uuid& id, const Uuid& agent) {
    const auto own = find_own(connection, id, agent);
    if (!own) return;
    const auto gone = [&] { return last_code() == VIR_ERR_NO_NETWORK; };
    auto* network = own->network.get();
    set_active(*own, false, "stop network " + id);
    if (virNetworkUndefine(network) != 0 && !gone()) throw last_error("remove network " + id);
}

} // namespace

// libvirt calls a network active whose bridge somebody else has taken away, and nobody is told of that.
NetworkInfo Networks::with_trouble(NetworkInfo info) const {
    if (!sees_devices_ || !info.active || info.bridge.empty()) return info;
    const bool is_theirs = info.mode == NetworkMode::bridge;
    if (is_theirs ? host::is_bridge(info.bridge) : host::is_device(info.bridge)) return info;
    info.trouble = "this host has no bridge " + info.bridge + " any more: " +
                   (is_theirs ? "make it again (ip link add " + info.bridge + " type bridge)"
                              : std::string("bring it up again (action up)")) +
                   ", then stop and start the computes on it";
    return info;
}

std::vector<NetworkInfo> Networks::list() {
    auto infos = connection_.with(Lane::watch,
                                  [this](virConnectPtr connection) { return list_of(connection, agent_()); });
    for (auto& info : infos) info = with_trouble(std::move(info));
    return infos;
}

std::optional<NetworkInfo> Networks::find(const Uuid& id) {
    return connection_.with(Lane::watch, [&](virConnectPtr connection) -> std::optional<NetworkInfo> {
        const auto network = look_up(connection, id);
        auto info = network ? info_of(network.get(), agent_()) : std::nullopt;
        return info ? std::optional(with_trouble(std::move(*info))) : std::nullopt;
    });
}

NetworkInfo Networks::create(const NetworkInfo& wanted) {
    if (wanted.mode == NetworkMode::other)
        throw Error(Fault::unsupported, "network " + wanted.id + " is of no mode that can be made");
    if ((wanted.mode == NetworkMode::bridge) == wanted.block.has_value())
        throw Error(Fault::invalid, "network " + wanted.id +
                                        ": addresses are for isolated and nat networks, and needed there");
    return connection_.with(Lane::work,
                            [&](virConnectPtr connection) { return define(connection, wanted, agent_()); });
}

void Networks::remove(const Uuid& id) {
    connection_.with(Lane::work, [&](virConnectPtr connection) { undefine(connection, id, agent_()); });
}

void Networks::start(const Uuid& id) {
    connection_.with(Lane::work, [&](virConnectPtr connection) {
        const auto doing = "start network " + id;
        define_again(connection, known_own(connection, id, agent_()), doing);
        // One whose bridge is gone is made anew.
        if (const auto broken = known_own(connection, id, agent_());
            !with_trouble(broken.info).trouble.empty())
            set_active(broken, false, doing);
        const auto own = known_own(connection, id, agent_());
        set_active(own, true, doing);
        set_autostart(own, true, doing);
    });
}

void Networks::stop(const Uuid& id, bool in_use) {
    connection_.with(Lane::work, [&](virConnectPtr connection) {
        const auto doing = "stop network " + id;
        const auto own = known_own(connection, id, agent_());
        set_autostart(own, false, doing);
        if (!in_use) set_active(own, false, doing);
    });
}

void Networks::reserve(const Uuid& id, const Reservation& wanted) {
    const auto seat = connection_.lend(Lane::addresses, Lane::addresses, patience_for_addresses);
    for (int attempt = 1;; ++attempt) {
        const auto own = find_own(seat.get(), id, agent_());
        if (!own) throw Error(Fault::not_found, "there is no network " + id);
        const auto standing = standing_of(own->info, wanted);
        if (standing == Standing::taken) fail_taken(own->info, wanted);
        if (standing == Standing::present || update(*own, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST, wanted))
            return end_old_leases(*own, wanted);
        if (attempt == attempts) throw last_error("reserve " + wanted.address.text() + " in network " + id);
    }
}

void Networks::release(const Uuid& id, const Reservation& given) {
    const auto seat = connection_.lend(Lane::addresses, Lane::addresses, patience_for_addresses);
    for (int attempt = 1;; ++attempt) {
        const auto own = find_own(seat.get(), id, agent_());
        if (!own || standing_of(own->info, given) != Standing::present) return;
        if (update(*own, VIR_NETWORK_UPDATE_COMMAND_DELETE, given)) return;
        if (attempt == attempts) throw last_error("release " + given.address.text() + " in network " + id);
    }
}

} // namespace hv::libvirt
