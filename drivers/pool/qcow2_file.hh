#pragma once
// qcow2 files of the pool: what is to be known of one that QEMU wrote there, never a guest, and a new one that begins
// as its base. Bytes from outside are judged by drivers/image.
//
// Threads: any. Throws Error{unavailable} when the disk fails.

#include "drivers/contract/volume.hh"

#include <cstdint>
#include <optional>
#include <string>

namespace hv::pool {

struct Qcow2File {
    std::uint64_t bytes = 0;    // what the guest sees
    std::string backing;        // the file behind it as written there, or empty
    std::string backing_format; // as written there: "raw"; empty: nobody has said
    bool external_data = false;
};

// nullopt when `file` does not begin with a whole header of version 2 or 3.
std::optional<Qcow2File> read_qcow2(int file);

// Makes an empty file a qcow2 image of `bytes` that has nothing of its own and begins as `base`, which is not opened.
// Throws Error{invalid} for a path or a size that the format cannot hold, Error{unavailable} when there is no space
// left.
void write_overlay(int file, std::uint64_t bytes, const Layer& base);

} // namespace hv::pool
