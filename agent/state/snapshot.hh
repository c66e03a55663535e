#pragma once
// The node at one moment: what the hypervisor showed last, and our own records beside it. Never changes once made; who holds it
// can read it as long as he likes.

#include "agent/state/records.hh"

#include <chrono>
#include <map>
#include <memory>
#include <optional>

namespace state {

template <class T> using Table = std::map<Uuid, std::shared_ptr<const T>, std::less<>>;

template <class T> const T* find(const Table<T>& table, std::string_view id) noexcept {
    const auto found = table.find(id);
    return found == table.end() ? nullptr : found->second.get();
}

struct Snapshot {
    Table<hv::Machine> machines;
    Table<hv::Volume> volumes;
    Table<hv::NetworkInfo> networks;

    Table<ComputeRecord> compute_records;
    Table<StorageRecord> storage_records;
    Table<NetworkRecord> network_records;
    Table<MixinRecord> mixin_records; // by their ids

    std::map<Uuid, std::string, std::less<>>
        troubles; // why the last thing that was asked of a machine failed

    bool complete =
        false; // the hypervisor has been listed at least once; before that nothing may be called missing
    bool connected = false; // it answers now; if not, all of the above is what it was when it last did
    std::string why_lost;
    std::chrono::system_clock::time_point lost_at{};
    std::chrono::steady_clock::time_point
        checked_at{}; // everything was last compared with the hypervisor then
};

} // namespace state
