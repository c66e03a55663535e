#pragma once
// OCCI storage: images that were copied from an original, and blank disks; each is a volume of our pool. The volumes that belong
// to one machine (clones, swap, file systems) are not shown here: they come and go with it.
//
// Threads: any. Reads look at the snapshot only.

#include "agent/base/guarded.hh"
#include "agent/service/node.hh"
#include "agent/service/terms.hh"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace service {

// The bytes of a client on their way into the pool. Nobody sees them before create() is given them.
struct Arrival {
    Uuid id;
    std::unique_ptr<hv::Incoming> bytes;
};

class Storages {
public:
    explicit Storages(Node& node) : node_(node) {}

    std::vector<std::string> list(const auth::Principal&) const;
    occi::Resource show(const Uuid&, const auth::Principal&) const; // Error{not_found}

    // title, image_url and/or storage_size. The original is opened and its header read before the answer, its bytes are copied
    // afterwards. Error{invalid, forbidden}: the original; Error{conflict}: no room.
    Made create(const occi::Resource&, const Terms&);

    // Begins to receive an image of `bytes`, as far as that is known. Error{conflict}: no room.
    Arrival receive(std::uint64_t bytes);
    // Error{conflict}: the pool has no room for so many bytes and what is always kept free.
    void check_room(std::uint64_t bytes);
    // title, storage_size and image_url, which is for people only. Error{invalid}: what came is no image.
    Made create(Arrival, const occi::Resource&, const Terms&);

    // Stops a copy under way. Error{conflict} names a compute that uses it.
    state::Operation remove(const Uuid&, const Terms&);

    std::vector<state::OperationKind> kinds();

    // After the journal has been taken up: removes what a record is left of and no operation; volumes without a record get one
    // without owner.
    void resume(const state::Snapshot& at_start);

private:
    state::StorageRecord record_of(const occi::Resource&, const Terms&) const;
    void offer_as_template(state::StorageRecord&) const;
    Made begin(const state::StorageRecord&, const char* kind, const Terms&);
    void copy(const Uuid&, state::Task&);
    void keep(const Uuid&);
    void ended_creation(const state::Operation&);
    void remove_volume(const Uuid&);
    state::Operation begin_removal(state::StorageRecord, const Terms&);

    Node& node_;
    Guarded<std::map<Uuid, std::shared_ptr<hv::Incoming>, std::less<>>> arrived_; // whole, to be kept
};

} // namespace service
