#pragma once
// A machine, or the record of one, as an OCCI compute with its links.
//
// Threads: any; pure functions of a snapshot.

#include "agent/occi/model.hh"
#include "agent/state/snapshot.hh"

namespace service {

// nullopt when there is none of that id.
std::optional<occi::Resource> view_compute(const state::Snapshot&, const Uuid&, const occi::Model&);

// The spec behind it, and whether it is ours: from the record while there is one, else from the hypervisor.
struct Held {
    const hv::MachineSpec* spec = nullptr;
    bool ours = true;
};
Held held_spec(const state::Snapshot&, const Uuid&);

} // namespace service
