#include "agent/service/node.hh"

#include "agent/base/error.hh"

namespace service {

std::shared_ptr<const state::Snapshot> look(const Node& node) {
    auto seen = node.inventory.now();
    if (!seen->complete)
        throw Error(Fault::unavailable, "libvirt has not answered yet" +
                                            (seen->why_lost.empty() ? std::string() : ": " + seen->why_lost));
    return seen;
}

} // namespace service
