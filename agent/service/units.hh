#pragma once
// GiB, as OCCI counts (2^30 bytes), to bytes and back; and MiB, as sentences do.

#include <cmath>
#include <cstdint>
#include <initializer_list>

namespace service {

inline constexpr std::uint64_t mebibyte = 1 << 20;
inline constexpr double largest_gib = 65'536; // more is no number of bytes that any file can have

inline constexpr double gib = 1024.0 * 1024.0 * 1024.0;
inline std::uint64_t to_bytes(double gibibytes) {
    return static_cast<std::uint64_t>(std::ceil(gibibytes * gib));
}
inline std::uint64_t in_mebibytes(std::uint64_t bytes) { return (bytes + mebibyte - 1) / mebibyte; }
// The shortest decimal number of GiB that is so many bytes: a client that asked for 0.1 is shown 0.1. What is no
// whole MiB has been rounded up to a sector on its way.
inline double to_gib(std::uint64_t bytes) {
    constexpr double finest = 1e9; // a byte, nearly
    constexpr std::uint64_t sector = 512;
    const auto least = bytes % mebibyte == 0 || bytes < sector ? bytes : bytes - (sector - 1);
    const auto exact = static_cast<double>(bytes) / gib;
    for (double scale = 1; scale <= finest; scale *= 10)
        for (const auto digits : {std::floor(exact * scale), std::ceil(exact * scale)})
            if (const auto wished = to_bytes(digits / scale); wished >= least && wished <= bytes)
                return digits / scale;
    return exact;
}

} // namespace service
