#include "agent/config/value.hh"

#include "agent/base/text.hh"

#include <fmt/ranges.h>

namespace settings {

std::optional<std::uint64_t> read_number(std::string_view text, std::uint64_t least, std::uint64_t most) {
    const auto number = text::to_number(text, most);
    return number && *number >= least ? number : std::nullopt;
}

std::optional<std::filesystem::path> read_path(std::string_view text) {
    return text.starts_with('/') ? std::optional(std::filesystem::path(text)) : std::nullopt;
}

std::string written_path(const std::filesystem::path& path) { return path.string(); }

std::optional<mode_t> read_mode(std::string_view text) {
    constexpr std::size_t most_digits = 4;
    constexpr mode_t read_and_write = 0666;
    if (text.empty() || text.size() > most_digits || text.find_first_not_of("01234567") != text.npos)
        return std::nullopt;
    mode_t mode = 0;
    for (const char digit : text) mode = mode * 8 + static_cast<mode_t>(digit - '0');
    return (mode & ~read_and_write) == 0 ? std::optional(mode) : std::nullopt;
}

std::string written_mode(mode_t mode) { return fmt::format("{:04o}", mode); }

std::string one_of(const std::vector<std::string_view>& words) {
    return fmt::format("one of {}", fmt::join(words, ", "));
}

} // namespace settings
