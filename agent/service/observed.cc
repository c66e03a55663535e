#include "agent/service/observed.hh"

#include "agent/base/clock.hh"
#include "agent/occi/names.hh"

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
    const auto why = unknown          ? "libvirt does not answer since " + to_rfc3339(seen.lost_at)
                     : !stuck.empty() ? stuck
                                      : reason;
    if (!why.empty()) values[name::reason] = why;
}

} // namespace service
