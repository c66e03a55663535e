#pragma once
// What the record of a machine takes over from a change: what we asked for, as far as it has come true. What others do
// to the machine changes no record.
//
// Threads: any; pure functions.

#include "agent/service/compute/device_change.hh"
#include "agent/service/compute/wish.hh"

namespace service {

// Takes over what was left open when the machine was planned and is settled now: its architecture, the sizes of its
// disks.
void fill_in(hv::MachineSpec& recorded, const hv::MachineSpec& shown);

// What `wish` wanted: all of it when that was done, else the title and the sizes that the machine has.
void take_over(hv::MachineSpec& recorded, const hv::MachineSpec& shown, const Wish&, bool done);

// Those disks and NICs that came, without those that went.
void take_over(hv::MachineSpec& recorded, const hv::MachineSpec& shown, const DeviceChange&);

} // namespace service
