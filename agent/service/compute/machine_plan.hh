#pragma once
// From what a client wants (an OCCI compute with its links) to what the hypervisor is told: every identity, MAC and
// address is chosen here, before the first step, so that a crash at any step can be taken back from the plan alone.
//
// Threads: any; no libvirt call except for a proposal of a MAC.

#include "agent/auth/principal.hh"
#include "agent/service/context.hh"
#include "agent/service/network/networks.hh"

namespace service {

struct PlannedMachine {
    hv::MachineSpec spec;
    Claims::Claim claim; // holds what was chosen until the record shows it
};

// Throws Error{invalid} (unknown storage, network, sizes), Error{conflict} (an address, a MAC or a device taken, a
// storage that failed, is being removed, or is in the hands of another machine).
PlannedMachine plan_machine(Context&, const Networks&, const occi::Resource& wanted,
                            bool with_default_network, const auth::Principal&);

} // namespace service
