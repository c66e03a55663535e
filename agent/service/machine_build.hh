#pragma once
// The operations that make and remove a machine and change its disks, step by step. Each works from its plan alone, so that it
// can be taken up after a crash; what a step makes is told by the volume's id, which only this plan has, or by the operation's id
// in the machine's notes.
//
// Threads: any; the steps run on the machine's queue (state::Operations).

#include "agent/service/node.hh"

namespace service {

namespace note {
inline constexpr auto operation = "operation"; // that made it
inline constexpr auto key = "key";             // the client's Idempotency-Key
} // namespace note

// Plan: the spec. Volumes, reservations, definition, start.
state::Work creation_work(Node&, const state::Operation&);

// Plan: the spec. Off, proven to be off, undefined, volumes removed, addresses given back: in this order, so that nothing is freed
// before the machine is proven to be gone. Of what was never made there is nothing to remove.
state::Work removal_work(Node&, const state::Operation&);

// Plan: a wish (wish.hh). The machine is given what the wish says of it, as it is then; and its first disk grows, when the wish is of a
// type with a larger one.
state::Work update_work(Node&, const state::Operation&);

// Plan: what disk_change() wrote. New disks are made and plugged in; then the others are pulled out, and only when the guest has
// let go of all of them their volumes are removed.
state::Work disk_change_work(Node&, const state::Operation&);
std::string disk_change(const std::vector<hv::Disk>& more, const std::vector<hv::Disk>& less);

} // namespace service
