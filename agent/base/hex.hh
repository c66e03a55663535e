#pragma once
// Hexadecimal digits, as text and as numbers.
//
// Threads: any; pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace text {

// Two lower-case digits a byte.
std::string to_hex(std::string_view bytes);

// The number that digits of either case are, with nothing around them and not above `most`; nullopt for anything else
// ("", "0x1", "-1", " 1").
std::optional<std::uint64_t> from_hex(std::string_view digits, std::uint64_t most = UINT64_MAX) noexcept;

// Whether `text` is written as `shape`, in which each 'x' stands for a lower-case digit and all else for itself:
// "xx:xx:xx:xx:xx:xx".
bool has_hex_shape(std::string_view text, std::string_view shape) noexcept;

} // namespace text
