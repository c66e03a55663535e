#pragma once
// Networks of libvirt: ours are recognised by a mark in their <metadata>, so that they are known even when
// everything of the agent but libvirt is lost. All others are shown and never changed.
//
// Threads: any; libvirt itself puts changes of one network in a row.

#include "drivers/driver.hh"
#include "drivers/libvirt/connection.hh"

namespace hv::libvirt {

class Networks : public hv::Network {
public:
    explicit Networks(Connection& connection) : connection_(connection) {} // which outlives this object

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
    Connection& connection_;
};

} // namespace hv::libvirt
