#pragma once
// The SQLite file with our records. Small and slow on purpose: GETs never come here. A write has reached the disk when the call
// returns. Only one agent at a time may use a state directory.
//
// Threads: any; calls are serialised inside (SQLite's own mutex).

#include "agent/base/handle.hh"
#include "agent/state/records.hh"

#include <filesystem>
#include <memory>
#include <vector>

struct sqlite3;

namespace state {

class Store {
public:
    // Makes the directory (0711: the hypervisor must reach the volumes below it) and the file (0600) when missing, and brings an
    // older file up to date. Throws Error{unavailable} when another agent uses the directory, when it cannot be written, or
    // when the file is damaged or of a later version.
    explicit Store(const std::filesystem::path& directory);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    std::vector<ComputeRecord> computes();
    std::vector<StorageRecord> storages();
    std::vector<NetworkRecord> networks();

    // Insert or replace. All throw Error{unavailable} when the disk does not take it, and then nothing has changed.
    void put(const ComputeRecord&);
    void put(const StorageRecord&);
    void put(const NetworkRecord&);
    void drop_compute(const Uuid&);
    void drop_storage(const Uuid&);
    void drop_network(const Uuid&);

private:
    class Statement;
    void migrate();
    void drop(const char* sql, const Uuid&);

    Descriptor lock_;
    struct Closer {
        void operator()(sqlite3*) const noexcept;
    };
    std::unique_ptr<sqlite3, Closer> database_;
};

} // namespace state
