#pragma once
// Asked is not happened: what was asked of the hypervisor is done when its effect was seen, by what it tells or by
// reading back. The caller says what is to be seen, in one of these; the step that asks waits for it
// (state::Step::see), or fails and says what was seen.
//
// Threads: any; they block, at most for their patience.

#include "agent/service/context.hh"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace service {

struct Effect {
    std::string asked; // "start compute 6695eb01"
    // What is seen instead of the effect; nullopt: the effect has come.
    std::function<std::optional<std::string>(const state::Snapshot&)> missing;
    std::function<void(state::Inventory&)> reread; // since not everything is told
};

// Looks at the newest snapshot, into which the caller has read the thing again; then waits for events, and reads the
// thing again now and then, for as long as Settings::effect_time. Throws Error{conflict}: the effect has not come in
// time, or `stop` was asked for.
void see(Context&, const Effect&, const std::stop_token& stop);

using See = std::function<void(state::Task&)>;

// For state::Step::see, after a run() that has read the thing again.
See see_machine(Context&, const Uuid&, std::string asked,
                std::function<std::optional<std::string>(const hv::Machine&)> missing);
See see_no_machine(Context&, const Uuid&);
See see_volume(Context&, const Uuid&, std::string asked, std::uint64_t least_bytes);
See see_no_volume(Context&, const Uuid&);
See see_network(Context&, const Uuid&, std::string asked, bool active);
See see_no_network(Context&, const Uuid&);

// "suspended (paused: no space left on pool occi)".
std::string phrase_of(const hv::Machine&);
std::string_view phrase_of(hv::MachineState) noexcept;

} // namespace service
