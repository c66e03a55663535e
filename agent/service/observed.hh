#pragma once
// How far what is shown of an entity can be relied on, as attributes: its condition, where it is known from, and why it
// is as it is. They change only when the fact does; how old it is stands in the Age header alone.
//
// Threads: any; pure functions of a snapshot.

#include "agent/occi/model.hh"
#include "agent/state/snapshot.hh"

namespace service {

// `seen_by_hypervisor`: the entity is shown as the hypervisor has it, and not from our own record. `stuck`: as in
// hv::Machine.
void add_observation(occi::Resource&, const state::Snapshot&, bool seen_by_hypervisor,
                     const std::string& stuck = {}, const std::string& reason = {});

// The same for a volume, which is seen only for as long as the pool answers as well.
void add_observation_of_volume(occi::Resource&, const state::Snapshot&, bool is_in_pool);

} // namespace service
