#include "agent/config/changes.hh"

#include <algorithm>
#include <fmt/core.h>

namespace settings {
namespace {

bool differs(const Key& key, const Config& before, const Config& after) {
    const auto title = title_of(key);
    const bool is_given = before.given.contains(title) || after.given.contains(title);
    return is_given && key.value.shown(before, {}) != key.value.shown(after, {});
}

bool differs(const Section& section, const Named& named, const Config& before, const Config& after) {
    const auto names = named.names(before);
    if (names != named.names(after)) return true;
    return std::ranges::any_of(keys_of(section), [&](const Key* key) {
        return std::ranges::any_of(names, [&](const std::string& name) {
            return key->value.shown(before, name) != key->value.shown(after, name);
        });
    });
}

Applies slowest_of(const Section& section) {
    const auto keys = keys_of(section);
    const bool all_at_once =
        std::ranges::all_of(keys, [](const Key* key) { return key->applies == Applies::at_once; });
    return all_at_once ? Applies::at_once : Applies::at_start;
}

} // namespace

std::vector<Change> changes_between(const Config& before, const Config& after) {
    std::vector<Change> changes;
    for (const auto& section : sections()) {
        if (section.named) {
            if (differs(section, *section.named, before, after))
                changes.push_back({fmt::format("[{}]", section.heading), slowest_of(section)});
            continue;
        }
        for (const auto* key : keys_of(section))
            if (differs(*key, before, after)) changes.push_back({title_of(*key), key->applies});
    }
    return changes;
}

} // namespace settings
