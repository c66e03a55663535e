#include "agent/render/passed_over.hh"

#include <algorithm>

namespace render {
namespace {

char visible(char c) noexcept { return c > ' ' && c < 0x7f && c != ',' ? c : '?'; }

} // namespace

void PassedOver::add(std::string_view name) {
    if (is_cut_) return;
    std::string shown(name.substr(0, longest));
    std::ranges::transform(shown, shown.begin(), visible);
    if (name.size() > longest) shown += "...";
    if (std::ranges::find(names_, shown) != names_.end()) return;
    is_cut_ = names_.size() == most;
    if (!is_cut_) names_.push_back(std::move(shown));
}

void PassedOver::add(const PassedOver& more) {
    for (const auto& name : more.names_) add(name);
    is_cut_ = is_cut_ || more.is_cut_;
}

std::string PassedOver::text() const {
    std::string all;
    for (const auto& name : names_) all.append(all.empty() ? "" : ", ").append(name);
    return is_cut_ ? all + ", ..." : all;
}

} // namespace render
