#pragma once
// The steps that make a machine from its plan, and the one way to take all of them back. Both work from the spec alone.
//
// Threads: any; one at a time for each machine (state::Operations sees to that).

#include "agent/service/node.hh"

#include <stop_token>

namespace service {

// Volumes, reservations, definition, start. Throws what fails; Error{conflict} when a stop was asked for. Takes nothing back itself.
void build(Node&, const Uuid&, hv::MachineSpec, std::stop_token);

// Off, undefined, volumes removed, addresses given back: in this order, so that nothing is freed before the machine is proven
// to be gone. Idempotent; of what was never made there is nothing to take back. Throws at the first step that fails.
void dismantle(Node&, const Uuid&, const hv::MachineSpec&);

} // namespace service
