#pragma once
// OCCI storage: images that were copied from an original, and blank disks; each is a volume of our pool. The volumes that belong
// to one machine (clones, swap, file systems) are not shown here: they come and go with it.
//
// Threads: any. Reads look at the snapshot only.

#include "agent/service/node.hh"
#include "agent/service/terms.hh"

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
    Made create(const occi::Resource&, const Terms&);

    // Stops a copy under way. Error{conflict} names a compute that uses it.
    state::Operation remove(const Uuid&, const Terms&);

    std::vector<state::OperationKind> kinds();

    // After the journal has been taken up: removes what a record is left of and no operation; volumes without a record get one
    // without owner.
    void resume(const state::Snapshot& at_start);

private:
    void copy(const Uuid&, state::Task&);
    void ended_creation(const state::Operation&);
    void remove_volume(const Uuid&);
    state::Operation begin_removal(state::StorageRecord, const Terms&);

    Node& node_;
};

} // namespace service
