#include "agent/service/foreign.hh"

#include "agent/base/error.hh"

namespace service {

void refuse_foreign(const Context& context, const state::Snapshot& seen, const std::string& thing,
                    const Uuid& id) {
    // In this order: it may have got its record since that snapshot.
    const bool may_be_ours =
        seen.unrecorded.contains(id) &&
        (context.inventory.is_new() || !context.inventory.now()->unrecorded.contains(id));
    if (may_be_ours)
        throw Error(Fault::unavailable,
                    "whether " + thing + " " + id + " is of this agent is being found out: try again");
    throw Error(Fault::forbidden, thing + " " + id + " was not made by this agent: it is only shown");
}

} // namespace service
