#pragma once
// The operations that make and remove a machine and change its disks and NICs, step by step. Each works from its plan
// alone, so that it can be taken up after a crash; what a step makes is told by the volume's id, which only this plan
// has, or by the operation's id in the machine's notes.
//
// Threads: any; the steps run on the machine's queue (state::Operations).

#include "agent/service/context.hh"

namespace service {

namespace note {
inline constexpr auto operation = "operation"; // that made it
inline constexpr auto key = "key";             // the client's Idempotency-Key
} // namespace note

// Plan: the spec. Volumes, reservations, definition, start.
state::Work creation_work(Context&, const state::Operation&);

// Plan: the spec. Off, proven to be off, undefined, volumes removed, addresses given back: in this order, so that
// nothing is freed before the machine is proven to be gone. Of what was never made there is nothing to remove; and a
// volume that a machine of others has as well stays, as a storage.
state::Work removal_work(Context&, const state::Operation&);

// Plan: a wish (wish.hh). The machine is given what the wish says of it, as it is then; and its first disk grows, when
// the wish is of a type with a larger one.
state::Work update_work(Context&, const state::Operation&);

// Plan: none. Makes a machine that others have undefined once more, as its record says, and starts it.
state::Work return_work(Context&, const state::Operation&);

struct Devices {
    std::vector<hv::Disk> disks;
    std::vector<hv::Nic> nics;
};
struct DeviceChange {
    Devices more, less; // `more` with volumes, targets, MACs and addresses chosen
    bool is_empty() const;
};

// Plan: what to_plan() wrote. New disks are made, addresses reserved, and both plugged in; then the others are pulled
// out, and only when the guest has let go of all of them their volumes are removed and their addresses given back. A
// storage by itself is never made nor removed.
state::Work device_change_work(Context&, const state::Operation&);
bool changes_devices(const state::Operation&) noexcept; // whether it is one of these
std::string to_plan(const DeviceChange&);
DeviceChange from_plan(const state::Operation&); // Error{invalid}

// What somebody else must not pick while these are not shown yet.
Claimed chosen_in(const Devices&);
Claimed chosen_in(const hv::MachineSpec&);

} // namespace service
