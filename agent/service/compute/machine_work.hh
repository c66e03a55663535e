#pragma once
// The operations that make, change and remove a machine, step by step (its disks and NICs: device_change.hh). Each
// works from its plan (plans.hh) alone, so that it can be taken up after a crash; what a step makes is told by the
// volume's id, which only this plan has, or by the operation's id in the machine's notes.
//
// Threads: any; the steps run on the machine's queue (state::Operations).

#include "agent/service/context.hh"

namespace service {

namespace note {
inline constexpr auto operation = "operation"; // that made it
inline constexpr auto key = "key";             // the client's Idempotency-Key
inline constexpr auto place = "place";         // of its record, for when the store is lost
} // namespace note

// Volumes, reservations, definition, start.
state::Work creation_work(Context&, const state::Operation&);

// Off, proven to be off, undefined, volumes removed, addresses given back: in this order, so that nothing is freed
// before the machine is proven to be gone. A part that was never made is passed over; and a volume that a machine of
// others has as well stays, as a storage.
state::Work removal_work(Context&, const state::Operation&);

// The machine is given what the wish says of it, as it is then; and its first disk grows, when the wish is of a type
// with a larger one.
state::Work update_work(Context&, const state::Operation&);

// Makes a machine that others have undefined once more, as its record says, and starts it.
state::Work return_work(Context&, const state::Operation&);

// Off, proven to be off, and forgotten by the hypervisor: nothing of it is free before this has returned. Error{busy}:
// it is not proven to be off.
void undefine(Context&, const Uuid&);

} // namespace service
