#pragma once
// What a disk of a machine is made of: volumes, the files behind them, and files of the pool that are nobody's.
//
// Threads: values.

#include "agent/base/uuid.hh"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace hv {

enum class Format { raw, qcow2 };

struct Volume {
    Uuid id;
    Format format = Format::raw;
    std::uint64_t bytes = 0;     // what the guest sees
    std::uint64_t allocated = 0; // what it takes on the disk of the host
    std::string path;
    Uuid backing; // the volume that it is a clone of, or empty
};

// One file of those that a disk is made of.
struct Layer {
    std::string path;
    Format format = Format::raw;
    auto operator<=>(const Layer&) const = default;
};

// A file of the pool that is no volume: somebody else has put it there, or made it of ours (a snapshot by hand).
struct Stray {
    std::string name; // below the pool
    std::string path;
    std::uint64_t bytes = 0; // what a guest would see, of a chain; else as long as the file
    std::uint64_t allocated = 0;
    // When it is an overlay, and all that it leads to is in the pool: it, then what it is backed by.
    std::vector<Layer> chain;
};

} // namespace hv
