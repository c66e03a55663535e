#include "agent/service/people.hh"

#include <map>

namespace service {

std::vector<Person> people(const state::Snapshot& seen, const auth::Principal& who) {
    std::map<std::string, std::string, std::less<>> groups; // by name
    const auto add = [&](const auto& records) {
        for (const auto& [id, record] : records) {
            const auto of = state::whose(*record);
            if (of.owner.empty() || !who.may_change(of)) continue;
            auto& group = groups[std::string(of.owner)];
            if (group.empty()) group = of.group;
        }
    };
    add(seen.compute_records);
    add(seen.storage_records);
    add(seen.network_records);
    add(seen.mixin_records);
    groups[who.name] = who.group;
    std::vector<Person> all;
    all.reserve(groups.size());
    for (const auto& [name, group] : groups) all.push_back({name, group});
    return all;
}

} // namespace service
