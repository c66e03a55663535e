#pragma once
// GiB, as OCCI counts (2^30 bytes), to bytes and back.

#include <cmath>
#include <cstdint>

namespace service {

inline constexpr double gib = 1024.0 * 1024.0 * 1024.0;
inline double to_gib(std::uint64_t bytes) { return static_cast<double>(bytes) / gib; }
inline std::uint64_t to_bytes(double gibibytes) {
    return static_cast<std::uint64_t>(std::ceil(gibibytes * gib));
}

} // namespace service
