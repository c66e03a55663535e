#pragma once
// Where the disks of a machine were when it was last seen, as far as that is not their volumes: others move a disk
// (virsh blockcopy) or put a snapshot on top of it, and once they undefine the machine nobody else knows of that any
// more.
//
// Threads: pure functions.

#include "drivers/contract/machine.hh"

#include <optional>
#include <string>

namespace state {

// Whether a disk with a volume of ours is on that volume, and on no other file.
bool is_on_its_volume(const hv::Disk&);

// Those that are not, as one text for the store; empty: each is where it belongs.
std::string whereabouts_of(const hv::MachineSpec&);

// The file that the text names for that volume.
std::optional<std::string> place_of(const std::string& whereabouts, const Uuid& volume);

} // namespace state
