#include "agent/service/health.hh"

#include "agent/base/clock.hh"
#include "agent/service/network/default_network.hh"
#include "agent/service/network/network_trouble.hh"

#include <array>

namespace service {
namespace {

using Part = Health::Part;
using auth::Principal;

std::string counted(std::size_t count, const std::string& thing, const std::string& one_does,
                    const std::string& more_do) {
    return std::to_string(count) + " " + thing + (count == 1 ? " " + one_does : "s " + more_do);
}

Part libvirt_of(const Context&, const state::Snapshot& seen, const Principal&) {
    Part part{"libvirt"};
    if (seen.connected || !seen.why_unlisted.empty()) {
        if (auto sentence = why_unseen(seen); !sentence.empty()) part.reasons.push_back(std::move(sentence));
        return part;
    }
    part.reasons.push_back(seen.why_lost.empty() ? why_unseen(seen)
                                                 : "libvirt does not answer: " + seen.why_lost);
    if (seen.lost_at != state::Time{}) part.more.emplace_back("since", to_rfc3339(seen.lost_at));
    return part;
}

Part store_of(const Context& context, const state::Snapshot&, const Principal&) {
    Part part{"store"};
    if (const auto silent = context.database.silent_for())
        part.reasons.push_back("the disk that has " + context.database.path() + " has not answered for " +
                               std::to_string(silent->count()) + " s: nothing can be changed until it does");
    if (!context.database.has_room())
        part.reasons.push_back("no space left for " + context.database.path() + ": nothing new is begun");
    for (auto& sentence : context.database.troubles()) part.reasons.push_back(std::move(sentence));
    return part;
}

Part computes_of(const Context&, const state::Snapshot& seen, const Principal& who) {
    Part part{"computes"};
    std::vector<Uuid> stuck;
    std::size_t all_stuck = 0;
    for (const auto& [id, machine] : seen.machines) {
        if (machine->stuck.empty()) continue;
        ++all_stuck;
        if (who.may_see(state::whose(machine->spec))) stuck.push_back(id);
    }
    if (all_stuck > 0)
        part.reasons.push_back(counted(all_stuck, "compute", "does not react", "do not react"));
    part.more.emplace_back("stuck", std::move(stuck));
    std::uint64_t undefined = 0;
    for (const auto& [id, record] : seen.compute_records)
        if (state::is_undefined(seen, id)) ++undefined;
    if (undefined > 0)
        part.reasons.push_back(counted(undefined, "compute", "was ", "were ") + state::undefined_by_others +
                               ": start or delete " + (undefined == 1 ? "it" : "them"));
    part.more.emplace_back("undefined", undefined);
    return part;
}

// Without libvirt nobody knows whether it is the pool's fault that it does not answer.
Part pool_of(const Context& context, const state::Snapshot& seen, const Principal&) {
    Part part{"pool"};
    const auto silence = context.host.storage().silence();
    const auto& why = silence.empty() ? seen.why_no_pool : silence;
    if (seen.connected && !why.empty()) {
        part.reasons.push_back(why);
        if (seen.pool_lost_at != state::Time{})
            part.more.emplace_back("since", to_rfc3339(seen.pool_lost_at));
    } else if (!seen.why_foreign.empty()) {
        part.reasons.push_back(seen.why_foreign);
    }
    return part;
}

// Of one that the configuration names; the agent's own is made, or a notice says why not.
std::string why_no_default(const Context& context, const state::Snapshot& seen) {
    const auto& name = context.settings.default_network;
    if (!seen.complete || name == "auto" || name == "none") return {};
    for (const auto& [id, network] : seen.networks)
        if (network->name == name) return {};
    return "the default network \"" + name + "\" is not there: make it, or name another ([network] default)";
}

// One down because somebody said so is well.
Part networks_of(const Context& context, const state::Snapshot& seen, const Principal& who) {
    constexpr std::size_t most_told = 5;
    Part part{"networks"};
    std::vector<Uuid> broken;
    std::size_t untold = 0;
    for (const auto& [id, record] : seen.network_records) {
        const auto trouble = trouble_of_network(seen, id);
        if (trouble.empty()) continue;
        const bool is_seen = who.may_see(state::whose(*record));
        if (is_seen && broken.size() < most_told)
            part.reasons.push_back("network " + id + ": " + trouble);
        else
            ++untold;
        if (is_seen) broken.push_back(id);
    }
    if (untold > 0)
        part.reasons.push_back(counted(untold, part.reasons.empty() ? "network" : "more network",
                                       "does not work", "do not work"));
    if (auto sentence = why_no_default(context, seen); !sentence.empty())
        part.reasons.push_back(std::move(sentence));
    if (auto sentence = default_network_under_way(context, seen); !sentence.empty())
        part.reasons.push_back(std::move(sentence));
    part.more.emplace_back("broken", std::move(broken));
    return part;
}

Part host_of(const Context&, const state::Snapshot& seen, const Principal&) {
    return {"host", seen.complaints};
}

Part operations_of(const Context& context, const state::Snapshot&, const Principal&) {
    return {"operations", {}, {{"under_way", std::uint64_t(context.operations.under_way())}}};
}

Part events_of(const Context& context, const state::Snapshot&, const Principal&) {
    return {"events", {}, {{"last", std::uint64_t(context.events.last())}}};
}

// What others found and nobody else tells.
Part notices_of(const Context& context, const state::Snapshot&, const Principal&) {
    Part part{"notices"};
    for (const auto& [about, sentence] : context.notices.now()) part.reasons.push_back(sentence);
    return part;
}

// In the order in which they are shown.
constexpr std::array parts{libvirt_of,  host_of,       pool_of,   store_of,  computes_of,
                           networks_of, operations_of, events_of, notices_of};

} // namespace

std::vector<std::string> Health::reasons() const {
    std::vector<std::string> all;
    for (const auto& part : parts) all.insert(all.end(), part.reasons.begin(), part.reasons.end());
    return all;
}

Health health_of(const Context& context, const Principal& who) {
    const auto seen = context.inventory.now();
    Health health;
    for (const auto& part : parts) health.parts.push_back(part(context, *seen, who));
    return health;
}

Health health_of(const Context& context) { return health_of(context, {"", auth::Role::administrator}); }

} // namespace service
