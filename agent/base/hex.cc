#include "agent/base/hex.hh"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace text {
namespace {

constexpr std::string_view digits_in_order = "0123456789abcdef";

} // namespace

std::string to_hex(std::string_view bytes) {
    std::string hex;
    hex.reserve(2 * bytes.size());
    for (const char each : bytes) {
        const auto byte = static_cast<unsigned char>(each);
        hex += digits_in_order[byte >> 4];
        hex += digits_in_order[byte & 0x0f];
    }
    return hex;
}

std::optional<std::uint64_t> from_hex(std::string_view digits, std::uint64_t most) noexcept {
    std::uint64_t number = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, code] = std::from_chars(digits.data(), end, number, 16);
    if (code != std::errc() || stop != end || number > most) return std::nullopt;
    return number;
}

bool has_hex_shape(std::string_view text, std::string_view shape) noexcept {
    const auto fits = [](char c, char wanted) {
        return wanted == 'x' ? digits_in_order.find(c) != digits_in_order.npos : c == wanted;
    };
    return std::ranges::equal(text, shape, fits);
}

} // namespace text
