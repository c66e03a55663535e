#pragma once
// What the journal keeps of an operation so that it can go on after a crash: its plan, of the type that its kind has. A
// plan is text: one XML element, whose name says which type and which shape of it it is, or a name by itself. Shapes
// that earlier releases have written are read as well (earlier_plans.hh).
//
// Threads: values.

#include "agent/service/compute/device_change.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/naming.hh"
#include "agent/state/operation.hh"
#include "drivers/contract/machine.hh"
#include "drivers/contract/network.hh"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace service {

struct NoPlan {
    bool operator==(const NoPlan&) const = default;
};

// What a storage begins as: the URL of an image, the id of a storage or of an orphan.
struct Source {
    std::string name;
    bool operator==(const Source&) const = default;
};

struct StorageChange {
    Naming naming;
    std::optional<std::uint64_t> bytes; // absent: as large as it is
    bool operator==(const StorageChange&) const = default;
};

struct DiskSave {
    Uuid compute, volume;
    bool operator==(const DiskSave&) const = default;
};

using Plan = std::variant<NoPlan,          // what only needs its target: actions, and most removals
                          hv::MachineSpec, // create compute, delete compute
                          Wish,            // update compute
                          DeviceChange,    // change disks, change NICs
                          hv::NetworkInfo, // create network: name, mode, bridge and block
                          Naming,          // rename network
                          Source,          // import, copy and adopt storage
                          StorageChange,   // change storage
                          DiskSave>;       // save disk, save disk later

std::string to_text(const Plan&);

// The plan of an operation whose kind has one of that type. Error{invalid}: it is none.
template <class T> T plan_of(const state::Operation&);

} // namespace service
