#pragma once
// Our records on disk. Small and slow on purpose: GETs never come here. A record has reached the process's files when the call
// returns, and the disk with the next operation that is planned or ended.
//
// Threads: any. Everything throws Error{unavailable} when the disk does not take it, and then nothing has changed.

#include "agent/state/database.hh"
#include "agent/state/records.hh"

#include <vector>

namespace state {

class Store {
public:
    explicit Store(Database& database) : database_(database) {}

    std::vector<ComputeRecord> computes();
    std::vector<StorageRecord> storages();
    std::vector<NetworkRecord> networks();
    std::vector<MixinRecord> mixins();
    std::vector<Sighting> sightings();

    // Insert or replace.
    void put(const ComputeRecord&);
    void put(const StorageRecord&);
    void put(const NetworkRecord&);
    void put(const MixinRecord&);
    void put(const std::vector<Sighting>&);
    void drop_compute(const Uuid&);
    void drop_storage(const Uuid&);
    void drop_network(const Uuid&);
    void drop_mixin(const std::string& id);
    void drop_sightings(const std::vector<Uuid>&);

private:
    void drop(const char* sql, const Uuid&);

    Database& database_;
};

} // namespace state
