#pragma once
// The header of a qcow2 file in the pool, as far as the agent needs it: what QEMU wrote there, never a guest. Bytes
// from outside are for drivers/image.
//
// Threads: any. Throws Error{unavailable} when the disk fails.

#include "drivers/driver.hh"

#include <cstdint>
#include <optional>
#include <string>

namespace hv::pool {

struct Qcow2Header {
    std::uint64_t bytes = 0;    // what the guest sees
    std::string backing;        // the file behind it as written there, or empty
    std::string backing_format; // as written there: "raw"; empty: nobody has said
    bool external_data = false;
};

// nullopt when `file` does not begin with a whole one.
std::optional<Qcow2Header> read_qcow2_header(int file);

// Makes an empty file a qcow2 image of `bytes` that has nothing of its own and begins as `base`, which is not opened.
// Throws Error{invalid} for a path or a size that the format cannot hold, Error{unavailable} when there is no space
// left.
void write_overlay(int file, std::uint64_t bytes, const Layer& base);

} // namespace hv::pool
