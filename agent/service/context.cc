#include "agent/service/context.hh"

#include "agent/base/clock.hh"
#include "agent/base/error.hh"

namespace service {

std::string why_unseen(const state::Snapshot& seen) {
    if (!seen.why_unlisted.empty()) return "libvirt answers, but not all can be listed: " + seen.why_unlisted;
    if (seen.connected) return {};
    if (seen.complete)
        return "libvirt does not answer since " + to_rfc3339(seen.lost_at) + ": " + seen.why_lost;
    return "libvirt has not answered yet" + (seen.why_lost.empty() ? "" : ": " + seen.why_lost);
}

std::shared_ptr<const state::Snapshot> look(const Context& context) {
    auto seen = context.inventory.now();
    if (!seen->complete) throw Error(Fault::unavailable, why_unseen(*seen));
    return seen;
}

void refuse_foreign_pool(const state::Snapshot& seen) {
    if (!seen.why_foreign.empty()) throw Error(Fault::unavailable, seen.why_foreign);
}

std::shared_ptr<const state::Snapshot> look_connected(const Context& context) {
    context.database.check_writable();
    auto seen = look(context);
    if (!seen->connected) throw Error(Fault::unavailable, why_unseen(*seen));
    refuse_foreign_pool(*seen);
    return seen;
}

} // namespace service
