#include "agent/base/base64.hh"

#include <cstdint>

namespace text {
namespace {

std::optional<std::uint32_t> digit(char c) noexcept {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto at = digits.find(c);
    return at == digits.npos ? std::nullopt : std::optional(static_cast<std::uint32_t>(at));
}

} // namespace

std::optional<std::string> from_base64(std::string_view encoded) {
    if (encoded.empty() || encoded.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = encoded.ends_with("==") ? 2 : encoded.ends_with('=') ? 1 : 0;
    std::string bytes;
    for (std::size_t at = 0; at < encoded.size(); at += 4) {
        const bool is_last = at + 4 == encoded.size();
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const bool is_padding = is_last && i >= 4 - padding;
            const auto value = is_padding ? std::optional<std::uint32_t>(0) : digit(encoded[at + i]);
            if (!value) return std::nullopt;
            group = group << 6 | *value;
        }
        for (int shift = 16; shift >= 0; shift -= 8) bytes += static_cast<char>(group >> shift & 0xff);
    }
    bytes.resize(bytes.size() - padding);
    return bytes;
}

std::optional<std::string> from_base64url(std::string_view encoded) {
    if (encoded.empty()) return std::string{};
    if (encoded.size() % 4 == 1 || encoded.find_first_of("+/=") != encoded.npos) return std::nullopt;
    std::string usual(encoded);
    for (auto& c : usual) c = c == '-' ? '+' : c == '_' ? '/' : c;
    usual.resize((usual.size() + 3) / 4 * 4, '=');
    return from_base64(usual);
}

} // namespace text
