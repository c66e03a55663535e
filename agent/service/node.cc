#include "agent/service/node.hh"

#include "agent/base/clock.hh"
#include "agent/base/error.hh"

namespace service {

std::shared_ptr<const state::Snapshot> look(const Node& node) {
    auto seen = node.inventory.now();
    if (!seen->complete)
        throw Error(Fault::unavailable, "libvirt has not answered yet" +
                                            (seen->why_lost.empty() ? std::string() : ": " + seen->why_lost));
    return seen;
}

std::shared_ptr<const state::Snapshot> look_connected(const Node& node) {
    auto seen = look(node);
    if (!seen->connected)
        throw Error(Fault::unavailable,
                    "libvirt does not answer since " + to_rfc3339(seen->lost_at) + ": " + seen->why_lost);
    return seen;
}

} // namespace service
