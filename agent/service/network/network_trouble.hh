#pragma once
// Why nothing arrives that is sent on a network which nobody took down: one sentence with what can be done, for
// whatever shows the network, its NICs or the health of the agent.
//
// Threads: any; a pure function of a snapshot.

#include "agent/state/snapshot.hh"

#include <string>

namespace service {

// Empty: nothing is known to be wrong with it.
std::string trouble_of_network(const state::Snapshot&, const Uuid&);

} // namespace service
