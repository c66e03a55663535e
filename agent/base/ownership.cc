#include "agent/base/ownership.hh"

#include <algorithm>
#include <array>
#include <utility>

namespace {

constexpr std::array<std::pair<Share, std::string_view>, 3> words{
    {{Share::nobody, "private"}, {Share::group, "group"}, {Share::everybody, "public"}}};

} // namespace

std::string_view to_text(Share share) noexcept {
    return std::ranges::find(words, share, &std::pair<Share, std::string_view>::first)->second;
}

std::optional<Share> share_named(std::string_view text) noexcept {
    const auto found = std::ranges::find(words, text, &std::pair<Share, std::string_view>::second);
    return found == words.end() ? std::nullopt : std::optional(found->first);
}

Share share_or_none(std::string_view text) noexcept { return share_named(text).value_or(Share::nobody); }

bool Reach::covers(const Ownership& of) const noexcept {
    if (everything || of.share == Share::everybody) return true;
    if (!of.owner.empty() && (all_that_is_owned || of.owner == name)) return true;
    return !of.group.empty() && of.group == group && (whole_group || of.share == Share::group);
}
