#pragma once
// A machine, or the record of one, as an OCCI compute with its links.
//
// Threads: any; pure functions of a snapshot.

#include "agent/occi/model.hh"
#include "agent/state/snapshot.hh"

namespace service {

struct DeviceChange;

// nullopt when there is none of that id.
std::optional<occi::Resource> view_compute(const state::Snapshot&, const Uuid&, const occi::Model&);

// The ids of its links. A disk of its own has the id of its volume; a link without an id of its own gets one that is
// made of the compute's id and of what the guest knows the device by, and stays the same for as long as those do: the
// MAC of a NIC, the device of a disk. A storage by itself has one already, so its link gets one that is made of both
// ids.
Uuid link_id(const Uuid& compute, const hv::Disk&);
Uuid link_id(const Uuid& compute, const hv::Nic&);

// The link that the change makes; empty when it makes none.
Uuid link_made_by(const Uuid& compute, const DeviceChange&);

// The spec behind it, and whether it is ours: from the hypervisor when it is ready there, else from the record.
struct Held {
    const hv::MachineSpec* spec = nullptr;
    bool ours = true;
};
Held held_spec(const state::Snapshot&, const Uuid&);

} // namespace service
