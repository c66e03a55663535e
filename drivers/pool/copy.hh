#pragma once
// Moves the bytes of an image from one open file to another: shared with the original where the file system can
// (reflink), copied inside of the kernel where it cannot, and holes stay holes.
//
// Threads: any; the descriptors' positions move. Throws Error with a predicate sentence, for the caller to put the
// name of the thing in front: conflict (stopped, or the original was changed meanwhile), unavailable (no space
// left, or the disk fails). What is in `target` then is of no use.

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>

namespace hv::pool {

// `bytes` of `source` into the empty file `target`, which is that long afterwards. Asks `stop` and calls `progress`
// (with the bytes done) every few MiB. Nothing is synced.
void copy_sparse(int source, int target, std::uint64_t bytes,
                 const std::function<void(std::uint64_t)>& progress, const std::stop_token& stop);

// pwrite of all of it, ftruncate and fsync, that speak like copy_sparse does.
void write_at(int file, std::string_view data, std::uint64_t at);
void set_length(int file, std::uint64_t bytes);
void sync_file(int file);

} // namespace hv::pool
