#pragma once
// How much of the tables of an image may be read to examine it.
//
// Threads: values.

#include <cstdint>
#include <stop_token>

namespace image {

struct Effort {
    std::uint64_t table_bytes; // that are read at most; those that are needed again count again
    bool must_be_whole;        // what takes more is refused; else it is left unexamined
    std::stop_token stop{};    // ends it with Error{unavailable}
    std::uint64_t clusters_at_once = 2 << 20; // whose counts are kept in memory: 4 bytes for each
};

// While a client waits: all of most images, 64 GiB of data in clusters of 64 KiB.
inline constexpr std::uint64_t quick_bytes = 16 << 20;
inline Effort quickly() { return {quick_bytes, false}; }

// 16 GiB take about half a minute when they are in memory: more than any image needs that was made by a sound program.
inline constexpr std::uint64_t whole_bytes = std::uint64_t{16} << 30;
inline Effort wholly(std::stop_token stop = {}) { return {whole_bytes, true, std::move(stop)}; }

} // namespace image
