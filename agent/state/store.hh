#pragma once
// Our records on disk. Small and slow on purpose: GETs never come here. A record has reached the process's files when
// the call returns, and the disk with the next operation that is planned or ended.
//
// Threads: any. Everything throws Error{unavailable} when the disk does not take it, and then nothing has changed.

#include "agent/state/database.hh"
#include "agent/state/records.hh"
#include "agent/state/snapshot.hh"

#include <string>
#include <vector>

namespace state {

// Names of facts.
namespace fact {
inline constexpr auto agent = "agent";           // the id of this agent, once a pool is its own
inline constexpr auto taken_over = "taken over"; // "yes": what was there before the store has its records
} // namespace fact

class Store {
public:
    explicit Store(Database& database) : database_(database) {}

    std::vector<ComputeRecord> computes();
    std::vector<StorageRecord> storages();
    std::vector<NetworkRecord> networks();
    std::vector<MixinRecord> mixins();
    std::vector<Sighting> sightings();

    // Writes down the records of the snapshot that are not there, after the database was begun anew.
    void put_missing(const Snapshot&);

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

    Database& database() noexcept { return database_; }
    // A fact about the store as a whole, by name; "" when it is not known.
    std::string fact(const std::string& name);
    void put_fact(const std::string& name, const std::string& value);

private:
    void drop(const char* sql, const Uuid&);
    template <class Record>
    std::vector<Record> read_rows(const std::string& table, const char* columns, Record (*read)(Statement&));
    template <class Record> void put_missing(const Table<Record>&, const std::vector<Record>& there);

    Database& database_;
};

} // namespace state
