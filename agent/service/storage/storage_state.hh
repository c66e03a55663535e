#pragma once
// What can be done with a storage now.
//
// Threads: any; pure functions of a snapshot.

#include "agent/occi/model.hh"
#include "agent/state/snapshot.hh"

#include <vector>

namespace service {

std::vector<const occi::Action*> actions_on_storage(const state::Snapshot&, const state::StorageRecord&,
                                                    const occi::Model&);

} // namespace service
