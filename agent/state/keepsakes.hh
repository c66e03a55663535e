#pragma once
// Keeps our records of storages, networks and mixins also as notes beside the volumes (hv::Notes), and whose each
// volume of a machine is: so that the loss of the store loses no name and no owner. A thread of its own follows the
// inventory; a thread that makes a change never waits for it. What could not be written is tried again.
//
// Threads: made and destroyed by one.

#include "agent/state/inventory.hh"

#include <map>
#include <set>
#include <thread>
#include <vector>

namespace state {

// What notes said, as far as it could be understood: each comes from a file, and is checked like what comes from a
// client.
struct Kept {
    std::vector<StorageRecord> storages;
    std::vector<NetworkRecord> networks;
    std::vector<MixinRecord> mixins;
    std::set<Uuid> parts; // volumes of machines
};
Kept read_notes(const std::map<Uuid, std::string>&);

class Keepsakes {
public:
    Keepsakes(const Inventory& inventory, hv::Notes& notes) : inventory_(inventory), notes_(notes) {}

    // From now on the notes follow the records. Called when what they know that the store does not is taken over: all
    // others go.
    void begin();

private:
    void work(const std::stop_token&);
    bool write(const Snapshot&);

    const Inventory& inventory_;
    hv::Notes& notes_;
    std::map<Uuid, std::size_t> written_; // the hash of each
    std::jthread thread_;
};

} // namespace state
