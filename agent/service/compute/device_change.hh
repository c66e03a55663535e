#pragma once
// The operation that changes which disks and NICs a machine that is there has.
//
// Threads: any; the steps run on the machine's queue (state::Operations).

#include "agent/service/context.hh"

#include <vector>

namespace service {

struct Devices {
    std::vector<hv::Disk> disks;
    std::vector<hv::Nic> nics;
    bool operator==(const Devices&) const = default;
};
struct DeviceChange {
    Devices more, less; // `more` with volumes, targets, MACs and addresses chosen
    bool is_empty() const;
    bool operator==(const DeviceChange&) const = default;
};

// Its plan is the change. New disks are made, addresses reserved, and both plugged in; then the others are pulled out,
// and only when the guest has let go of all of them their volumes are removed and their addresses given back. A storage
// by itself is never made nor removed.
state::Work device_change_work(Context&, const state::Operation&);
bool changes_devices(const state::Operation&) noexcept; // whether it is one of these

// The names and addresses that nobody else may pick while these devices are not shown yet.
Claimed chosen_in(const Devices&);
Claimed chosen_in(const Devices&, const Uuid& machine); // which gets them: with the targets of disks
Claimed chosen_in(const hv::MachineSpec&);

} // namespace service
