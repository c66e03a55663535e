#pragma once
// OCCI storage: images that were copied from an original, and blank disks; each is a volume of our pool. The volumes that belong
// to one machine (clones, swap, file systems) are not shown here: they come and go with it.
//
// Threads: any. Reads look at the snapshot only.

#include "agent/auth/principal.hh"
#include "agent/service/node.hh"

#include <chrono>
#include <string>
#include <vector>

namespace service {

class Storages {
public:
    explicit Storages(Node& node) : node_(node) {}

    std::vector<std::string> list(const auth::Principal&) const;
    occi::Resource show(const Uuid&, const auth::Principal&) const; // Error{not_found}

    // title, image_url and/or storage_size. The original is opened and its header read before the answer, its bytes are copied
    // afterwards. Error{invalid, forbidden}: the original; Error{conflict}: no room.
    Uuid create(const occi::Resource&, const auth::Principal&);

    // Stops a copy under way. Whether it is gone when `patience` is over; if not, its removal goes on.
    // Error{conflict} names a compute that uses it.
    bool remove(const Uuid&, const auth::Principal&, std::chrono::milliseconds patience);

    // Takes up what an earlier run of the agent left in the records of `at_start`: removals go on, copies that were under way are taken back and shown as
    // failed, volumes without a record get one without owner.
    void resume(const state::Snapshot& at_start);

private:
    void import(state::StorageRecord, const Descriptor& source, hv::Format, std::stop_token);
    void begin_removal(const Uuid&);
    void fail(state::StorageRecord, const std::string& why);

    Node& node_;
};

} // namespace service
