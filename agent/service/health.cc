#include "agent/service/health.hh"

namespace service {

std::string Health::why_no_libvirt() const {
    return why_lost.empty() ? "libvirt has not answered yet" : "libvirt does not answer: " + why_lost;
}

std::string Health::why_no_room() const { return "no space left for " + store + ": nothing new is begun"; }

std::vector<std::string> Health::reasons() const {
    std::vector<std::string> reasons;
    if (!libvirt) reasons.push_back(why_no_libvirt());
    if (!room) reasons.push_back(why_no_room());
    if (!stuck.empty())
        reasons.push_back(std::to_string(stuck.size()) +
                          (stuck.size() == 1 ? " compute does" : " computes do") + " not react");
    return reasons;
}

Health health_of(const Node& node) {
    const auto seen = node.inventory.now();
    Health health;
    health.libvirt = seen->connected;
    health.why_lost = seen->why_lost;
    health.lost_at = seen->lost_at;
    health.room = node.database.has_room();
    health.store = node.database.path();
    for (const auto& [id, machine] : seen->machines)
        if (!machine->stuck.empty()) health.stuck.push_back({id, machine->spec.owner});
    health.under_way = node.operations.under_way();
    health.last_event = node.events.last();
    return health;
}

} // namespace service
