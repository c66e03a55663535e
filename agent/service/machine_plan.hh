#pragma once
// From what a client wants (an OCCI compute with its links) to what the hypervisor is told: every identity, MAC and address is
// chosen here, before the first step, so that a crash at any step can be taken back from the plan alone.
//
// Threads: any; no libvirt call except for a proposal of a MAC.

#include "agent/auth/principal.hh"
#include "agent/service/networks.hh"
#include "agent/service/node.hh"

namespace service {

struct Plan {
    hv::MachineSpec spec;
    std::vector<Uuid> images; // that must be there first
    Claims::Claim claim;      // holds what was chosen until the record shows it
};

// Throws Error{invalid} (unknown image, network, sizes), Error{conflict} (an address outside of its network or taken, an image that failed or is being removed).
Plan plan_machine(Node&, const Networks&, const occi::Resource& wanted, bool with_default_network,
                  const auth::Principal&);

struct DiskChange {
    std::vector<hv::Disk> more, less; // `more` with volumes and targets chosen
};

// What has to be plugged in and pulled out so that the machine has the disks that `wanted` describes. Throws Error{invalid,
// conflict} as above; Error{forbidden}: the first disk would have to go.
DiskChange plan_disk_change(Node&, const hv::Machine&, const std::vector<occi::Link>& wanted,
                            const auth::Principal&);

} // namespace service
