#pragma once
// Which disks and NICs a machine that is there gets or gives back, with everything chosen.
//
// Threads: any; no libvirt call except for a proposal of a MAC.

#include "agent/auth/principal.hh"
#include "agent/service/compute/device_change.hh"
#include "agent/service/context.hh"

#include <vector>

namespace service {

struct PlannedChange {
    DeviceChange change;
    Claims::Claim claim; // holds what was chosen until its operation does (hold_chosen)
};

// The disks to be plugged in and pulled out so that the machine has those that `wanted` describes. Throws
// Error{invalid, conflict} as for a new machine; Error{forbidden}: the first disk would have to go.
PlannedChange plan_disk_change(Context&, const hv::Machine&, const std::vector<occi::Link>& wanted,
                               const auth::Principal&);

// One disk or NIC more; of the kind of the link.
PlannedChange plan_link(Context&, const hv::Machine&, const occi::Link& wanted, const auth::Principal&);

// Error{forbidden}: the first disk, from which the machine boots. One that is off may give it back all the same when it
// is a storage by itself and there is no other one: then what it boots from next is its user's matter.
// Error{conflict}: so would this one when it is off. `settled`: nothing is under way on it that may change that, else
// it is looked at again when its turn has come.
void refuse_first(const hv::Machine&, const hv::Disk&, bool settled);

} // namespace service
