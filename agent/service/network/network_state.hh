#pragma once
// What brings a network up and down, and which of that can be asked for now.
//
// Threads: any; pure functions of a snapshot.

#include "agent/occi/model.hh"
#include "agent/state/snapshot.hh"

#include <vector>

namespace service {

// The actions that one of our networks admits now. It goes down with all that is on it, so never under a machine that
// is not ours to touch.
std::vector<const occi::Action*> actions_on_network(const state::Snapshot&, const Uuid&, bool is_up,
                                                    const occi::Model&);

// Error{conflict}: a tag for the frames of the network, which nothing here would put on them.
void refuse_vlan(const occi::Resource& wanted);

} // namespace service
