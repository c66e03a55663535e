#pragma once
// The node at one moment: what the hypervisor showed last, and our own records beside it. Never changes once made; who
// holds it can read it as long as he likes. The next one shares with it all that has not changed (shared_map.hh).

#include "agent/base/shared_map.hh"
#include "agent/state/records.hh"
#include "drivers/contract/machine.hh"
#include "drivers/contract/network.hh"
#include "drivers/contract/volume.hh"

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace state {

template <class T> using Table = SharedMap<Uuid, std::shared_ptr<const T>>;

template <class T> const T* find(const Table<T>& table, std::string_view id) noexcept {
    const auto* found = table.find(id);
    return found ? found->get() : nullptr;
}

// Of a machine of ours that the hypervisor does not know any more.
inline constexpr auto undefined_by_others = "undefined by others";

struct Snapshot {
    Table<hv::Machine> machines;
    Table<hv::Volume> volumes;
    Table<hv::NetworkInfo> networks;

    Table<ComputeRecord> compute_records;
    Table<StorageRecord> storage_records;
    Table<NetworkRecord> network_records;
    Table<MixinRecord> mixin_records; // by their ids

    // Machines and networks with a mark of this agent and without a record: of others, unless they are taken over when
    // the store is new. What is shown of them is as of others.
    SharedMap<Uuid, std::monostate> unrecorded;

    SharedMap<Uuid, std::string> troubles; // why the last thing that was asked of a machine failed

    bool complete =
        false; // the hypervisor has been listed at least once; before that nothing may be called missing
    bool connected = false; // it answers now; if not, all of the above is what it was when it last did
    std::string why_lost;
    // It answers, and yet not all could be listed or compared the last time that was tried: why. Empty: all could.
    std::string why_unlisted;
    std::string why_foreign; // the storage pool is another agent's: nothing may be changed; else empty
    std::vector<std::string> complaints; // of hv::Hypervisor, as last told
    std::chrono::system_clock::time_point lost_at{};
    // The pool by itself: volumes are what they were when it was last listed.
    bool pool_listed = false; // at least once; before that no volume may be called missing
    std::string why_no_pool;  // it does not answer, or cannot be used, and why; empty: it can
    std::chrono::system_clock::time_point pool_lost_at{};
    std::chrono::steady_clock::time_point
        checked_at{}; // everything was last compared with the hypervisor then
};

// Whether it was ready, and the hypervisor does not know it any more. Never true before everything was listed once.
inline bool is_undefined(const Snapshot& seen, std::string_view id) noexcept {
    const auto* record = find(seen.compute_records, id);
    return seen.complete && record && record->phase == Phase::ready && !seen.machines.contains(id);
}

// The record of a machine that only it can tell of: it is coming, failed, leaving or undefined by others. nullptr of a
// ready one.
inline const ComputeRecord* record_alone(const Snapshot& seen, std::string_view id) noexcept {
    const auto* record = find(seen.compute_records, id);
    return record && record->phase == Phase::ready && seen.machines.contains(id) ? nullptr : record;
}

} // namespace state
