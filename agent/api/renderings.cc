#include "agent/api/renderings.hh"

#include <utility>

namespace api {

std::shared_ptr<const Renderings::Written> Renderings::get(const std::string& key,
                                                           const std::shared_ptr<const state::Snapshot>& now,
                                                           const std::function<Written()>& write) {
    const auto place = std::hash<std::string>()(key) % places;
    auto earlier = entries_.with([&](const auto& entries) -> std::shared_ptr<const Written> {
        const auto& entry = entries[place];
        return entry.key == key && entry.of.lock() == now ? entry.written : nullptr;
    });
    if (earlier) return earlier;
    Entry entry{key, now, std::make_shared<const Written>(write())};
    auto written = entry.written;
    entries_.with([&](auto& entries) { std::swap(entries[place], entry); });
    return written;
}

} // namespace api
