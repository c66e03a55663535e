#include "agent/service/observed.hh"

#include "agent/base/clock.hh"
#include "agent/occi/names.hh"
#include "agent/service/context.hh"

namespace service {

namespace name = occi::name;

void add_observation(occi::Resource& shown, const state::Snapshot& seen, bool seen_by_hypervisor,
                     const std::string& stuck, const std::string& reason) {
    auto& values = shown.attributes;
    const bool unknown = seen_by_hypervisor && !seen.connected;
    values[name::condition] = std::string(unknown ? "unknown" : !stuck.empty() ? "stuck" : "known");
    values[name::source_of_state] = std::string(!seen_by_hypervisor ? "record"
                                                : seen.connected    ? "libvirt"
                                                                    : "cache");
    const auto unseen = seen.why_unlisted.empty()
                            ? "libvirt does not answer since " + to_rfc3339(seen.lost_at)
                            : why_unseen(seen);
    const auto why = unknown ? unseen : !stuck.empty() ? stuck : reason;
    if (!why.empty()) values[name::reason] = why;
}

void add_observation_of_volume(occi::Resource& shown, const state::Snapshot& seen, bool is_in_pool) {
    add_observation(shown, seen, is_in_pool);
    if (seen.why_no_pool.empty() || !seen.connected) return;
    auto& values = shown.attributes;
    values[name::condition] = std::string("unknown");
    values[name::source_of_state] = std::string(is_in_pool ? "cache" : "record");
    values[name::reason] = seen.why_no_pool;
}

} // namespace service
