#pragma once
// Numbers as qcow2, SQLite's log and packets hold them: the most significant byte first.
//
// Threads: any; pure functions. What is too short is no error here: its reader has looked at the length, or takes 0.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The number in `width` bytes at `at`, of which the last eight count; 0 where `bytes` ends earlier.
constexpr std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t width) noexcept {
    if (at > bytes.size() || width > bytes.size() - at) return 0;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < width; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

// The lowest `width` bytes of `number`; those above the eighth are zeros.
inline std::string to_big_endian(std::uint64_t number, std::size_t width) {
    std::string bytes(width, '\0');
    for (; width-- > 0; number >>= 8) bytes[width] = static_cast<char>(number & 0xff);
    return bytes;
}
