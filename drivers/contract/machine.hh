#pragma once
// A machine: what it is made as, what state it is in, what it holds of the host.
//
// Threads: values.

#include "agent/base/ipv4.hh"
#include "agent/base/uuid.hh"
#include "drivers/contract/volume.hh"

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hv {

enum class MachineState {
    running,
    paused, // in memory, not running
    off,
    saved,   // off, with its memory on disk
    crashed, // gone wrong by itself
    unknown
};

enum class Content { image, swap, filesystem, storage, foreign }; // what a disk of a machine was made as

struct Disk {
    Content content = Content::image;
    // The machine's own volume, removed with it; content storage: one that is there by itself, and stays; empty for
    // foreign ones.
    Uuid volume;
    Uuid origin; // content image: the image it is a clone of
    std::uint64_t bytes = 0;
    std::string filesystem; // content filesystem: "ext4"
    std::string target;     // "vda"; given by define() in the order of the disks when empty
    // Where the volume's bytes are, for define(); outermost first, then what it is backed by.
    std::vector<Layer> layers;
    std::string mountpoint{}; // where its user means to mount it: kept, never understood
    std::string title{};      // what its user calls it: likewise
    auto operator<=>(const Disk&) const = default;
};

struct Nic {
    Uuid network;    // empty when it is on something that is no network of the hypervisor
    std::string mac; // "52:54:00:..", lower case
    std::optional<Ipv4> address;
    std::string device;  // the host's end while it runs
    std::string title{}; // what its user calls it: kept, never understood
    auto operator<=>(const Nic&) const = default;
};

struct MachineSpec {
    std::string title; // free text; never a name inside the hypervisor
    std::string owner;
    std::string arch; // "x86_64", "i686", ...; empty: the driver's default
    unsigned cores = 1;
    std::uint64_t memory = 0; // bytes
    unsigned shares = 0;      // of the processors' time, beside other machines; 0: the hypervisor's default
    std::vector<Disk> disks;  // the first one boots
    std::vector<Nic> nics;
    std::map<std::string, std::string, std::less<>>
        notes;           // what the agent wants to remember: kept, never understood
    std::string group{}; // its owner's, when it was made
    auto operator<=>(const MachineSpec&) const = default;
};

struct Sizes {
    unsigned cores = 1;
    std::uint64_t memory = 0; // bytes
    auto operator<=>(const Sizes&) const = default;
};

struct Machine {
    Uuid id;
    std::string name;  // the hypervisor's name for it
    bool ours = false; // made by this agent, and no copy of that; all others are only shown
    MachineSpec spec;  // of others: as far as it can be told
    MachineState state = MachineState::unknown;
    std::string reason; // why it is in that state, one phrase such as "shut down by the guest"; may be empty
    // When it does not react to the hypervisor: how that shows and since when, "monitor silent since
    // 2030-01-01T10:00:00Z". Its state is then the last one that was known. Empty: it reacts, as far as can be told.
    std::string stuck;
    // What it has while it runs, where that is not what the spec says: then the spec is for its next start.
    std::optional<Sizes> now{};
    std::chrono::steady_clock::time_point read_at{}; // set by the reader: when the reading began
    std::string driver{};                            // that runs it: "libvirt"
};

// So much of a Machine as is cheap to ask for.
struct MachineStatus {
    Uuid id;
    MachineState state = MachineState::unknown;
    std::string reason;
    std::string stuck;
    auto operator<=>(const MachineStatus&) const = default;
};

// What a machine, whoever made it, holds of the host, also when it is only defined: for a caller that wants to know
// whether anybody uses a file or a network.
struct Holding {
    Uuid id;
    std::string name;
    bool in_memory = false;
    // A disk, a CD, a floppy: its files as far as the hypervisor knows them, outermost first.
    struct Medium {
        std::string target;
        std::vector<std::string> files;
        auto operator<=>(const Medium&) const = default;
    };
    std::vector<Medium> media;     // now, from the next start on, and in saved memory
    std::set<Uuid> networks;       // of the hypervisor
    std::set<std::string> bridges; // devices of the host that its NICs are plugged into directly
};

} // namespace hv
