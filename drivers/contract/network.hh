#pragma once
// Networks, and the driver of them. What holds for every verb (threads, errors, "idempotent") stands in host.hh.

#include "agent/base/ipv4.hh"
#include "agent/base/uuid.hh"

#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace hv {

enum class NetworkMode {
    isolated,
    nat,
    bridge, // an existing bridge of the host
    other   // only foreign ones
};

struct Reservation {
    std::string mac;
    Ipv4 address;
    auto operator<=>(const Reservation&) const = default;
};

struct NetworkInfo {
    Uuid id;
    std::string name; // the hypervisor's name for it
    NetworkMode mode = NetworkMode::isolated;
    std::string bridge;             // the device on the host, when known
    std::optional<Ipv4Block> block; // isolated and nat: its addresses; the first is the host's own
    bool ours = false;              // made by this agent, and no copy of that; all others are only shown
    bool active = false;
    // Why nothing that is sent on it arrives although it is active: one sentence with what can be done. Empty: it does,
    // as far as can be told.
    std::string trouble{};
    std::vector<Reservation> reservations;
};

class Network {
public:
    virtual ~Network() = default;
    virtual std::vector<NetworkInfo> list() = 0;
    virtual std::optional<NetworkInfo> find(const Uuid&) = 0;
    // Takes id, name, mode, reservations, and block (isolated, nat) or bridge (mode bridge) from `wanted`, and leaves
    // it active, also after a restart of the host. DHCP answers reservations only. Undoes itself when a step fails.
    virtual NetworkInfo create(const NetworkInfo& wanted) = 0;
    virtual void remove(const Uuid&) = 0; // idempotent
    // Makes it active, now and after each restart of the host. Idempotent.
    virtual void start(const Uuid&) = 0;
    // Makes it inactive after a restart of the host, and now, unless it is `in_use`: a machine that runs would lose
    // it for good. Idempotent.
    virtual void stop(const Uuid&, bool in_use) = 0;
    // The address is given to that MAC by DHCP from now on. Both are idempotent. conflict: another MAC has the address.
    virtual void reserve(const Uuid&, const Reservation&) = 0;
    virtual void release(const Uuid&, const Reservation&) = 0;
};

} // namespace hv
