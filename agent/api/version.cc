#include "agent/api/version.hh"

#include <charconv>
#include <utility>

namespace api {
namespace {

constexpr std::string_view prefix = "OCCI/";
using Number = std::pair<unsigned, unsigned>;
constexpr Number ours{1, 2};

struct Token {
    std::string_view text; // empty: there is none
    Number number;
};

// The "x.y" at the front.
Token token_in(std::string_view text, std::string_view from) noexcept {
    Number number;
    const auto* const end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, number.first);
    if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return {};
    const auto minor = std::from_chars(major.ptr + 1, end, number.second);
    if (minor.ec != std::errc()) return {};
    return {{from.data(), static_cast<std::size_t>(minor.ptr - from.data())}, number};
}

// The highest: clients name those of their libraries, too.
Token highest_in(std::string_view user_agent) noexcept {
    Token highest{};
    for (auto at = user_agent.find(prefix); at != user_agent.npos; at = user_agent.find(prefix, at + 1)) {
        const auto from = user_agent.substr(at);
        const auto token = token_in(from.substr(prefix.size()), from);
        if (!token.text.empty() && (highest.text.empty() || token.number > highest.number)) highest = token;
    }
    return highest;
}

} // namespace

std::string versions_of(const occi::Model& model) {
    return std::string(occi_version) + (model.meets_template_profile() ? " OCCI-CRTP/1.1" : "");
}

std::optional<std::string_view> version_above_ours(std::string_view user_agent) noexcept {
    const auto highest = highest_in(user_agent);
    if (highest.text.empty() || highest.number <= ours) return std::nullopt;
    return highest.text;
}

bool names_version(std::string_view user_agent) noexcept { return !highest_in(user_agent).text.empty(); }

} // namespace api
