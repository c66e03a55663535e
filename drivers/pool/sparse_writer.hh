#pragma once
// Writes what comes piece by piece into an empty file: zeros become holes, and the disk begins its work at once, so
// that little is left for the fsync at the end. The file is always as long as what has come.
//
// Threads: one at a time. Throws Error{unavailable} (no space left, or the disk fails), as copy.hh does.

#include <cstdint>
#include <string_view>

namespace hv::pool {

class SparseWriter {
public:
    explicit SparseWriter(int file) : file_(file) {}

    void append(std::string_view);

private:
    int file_; // not ours
    std::uint64_t at_ = 0;
    std::uint64_t handed_over_ = 0; // up to here the disk is at work
};

} // namespace hv::pool
