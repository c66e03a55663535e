#pragma once
// Networks of libvirt: ours are recognised by a mark in their <metadata>, so that they are known even when
// everything of the agent but libvirt is lost. All others are shown and never changed.
//
// Threads: any; libvirt itself puts changes of one network in a row.

#include "drivers/contract/network.hh"
#include "drivers/libvirt/connection.hh"

#include <functional>

namespace hv::libvirt {

class Networks : public hv::Network {
public:
    // `agent` says whose networks are ours; `sees_devices`: libvirt runs on this very host, whose devices can be looked
    // at. The Connection outlives this object.
    Networks(Connection& connection, std::function<Uuid()> agent, bool sees_devices = false)
        : connection_(connection), agent_(std::move(agent)), sees_devices_(sees_devices) {}

    std::vector<NetworkInfo> list() override;
    std::optional<NetworkInfo> find(const Uuid&) override;
    // Isolated and nat get a bridge device of their own, whatever `wanted.bridge` says.
    NetworkInfo create(const NetworkInfo& wanted) override;
    // These throw Error{forbidden} when the network is not ours.
    void remove(const Uuid&) override;
    void start(const Uuid&) override;
    void stop(const Uuid&, bool in_use) override;
    // Also takes the address back from a former guest whose lease still runs.
    void reserve(const Uuid&, const Reservation&) override;
    void release(const Uuid&, const Reservation&) override;

private:
    NetworkInfo with_trouble(NetworkInfo) const;

    Connection& connection_;
    const std::function<Uuid()> agent_;
    const bool sees_devices_;
};

} // namespace hv::libvirt
