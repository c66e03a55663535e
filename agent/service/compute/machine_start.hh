#pragma once
// Starts a machine, when what it needs is up.
//
// Threads: any; blocks.

#include "agent/service/context.hh"

namespace service {

// Makes it run, as hv::Compute::start does. Throws Error{conflict} "network X is down" for one of its networks; one
// that is paused is on them already, with its cables pulled out, and goes on so.
void start_machine(Context&, const Uuid&);

// Throws what start_machine would throw, for a machine that is asked to start.
void refuse_start(const state::Snapshot&, const hv::Machine&);

// Throws Error{conflict} when a client has taken the network down, or it is just going.
void refuse_down(const state::Snapshot&, const Claimed& others, const Uuid& network);

// The last step of an operation that makes a machine, or makes it once more.
state::Step starting_of(Context&, const Uuid&);

} // namespace service
