#pragma once
// Plans as earlier releases have written them: of everything that changes a compute, the note of a machine
// (drivers/note.hh), in whose own notes stood what no machine has. They are read, for a journal may have such an
// operation when the agent is renewed, and links are found by the plans of operations that have ended; they are never
// written.
//
// Threads: values.

#include "agent/service/compute/device_change.hh"
#include "agent/service/compute/wish.hh"
#include "agent/state/operation.hh"

namespace service {

// Whether its plan is one of these, for a kind whose plan is the note of a machine no more.
bool is_earlier(const state::Operation&) noexcept;

// Error{invalid}: it is none.
void read_earlier(const state::Operation&, Wish&);
void read_earlier(const state::Operation&, DeviceChange&);

} // namespace service
