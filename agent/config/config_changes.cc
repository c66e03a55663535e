// What is different between two configurations, by the table of keys.
#include "agent/config/config.hh"

#include <algorithm>
#include <fmt/core.h>

namespace {

// What holds for a key that is no instance type's: what was given, or its default.
std::vector<std::string> values_of(const Config& config, const std::string& name, const ConfigKey& key) {
    const auto found = config.given.find(name);
    return found == config.given.end() ? std::vector{std::string(key.preset)} : found->second.values;
}

} // namespace

std::vector<ConfigChange> changes_between(const Config& before, const Config& after) {
    std::vector<ConfigChange> changes;
    for (const auto& key : config_keys()) {
        const auto name = fmt::format("[{}] {}", key.section, key.key);
        if (values_of(before, name, key) != values_of(after, name, key))
            changes.push_back({name, key.applies});
    }
    // Their names are part of what is given, and each of those that are always there has a default of its own.
    if (before.instance_types != after.instance_types)
        changes.push_back({"[instance_type NAME]", Applies::at_start});
    return changes;
}
