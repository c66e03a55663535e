#pragma once
// OCCI storage: images that were copied from an original, and blank disks; each is a volume of our pool. The volumes
// that belong to one machine (clones, swap, file systems) are not shown here: they come and go with it.
//
// Threads: any. Reads look at the snapshot only.

#include "agent/base/disk_lock.hh"
#include "agent/base/guarded.hh"
#include "agent/service/context.hh"
#include "agent/service/naming.hh"
#include "agent/service/operation_kinds.hh"
#include "agent/service/storage/originals.hh"
#include "agent/service/storage/orphans.hh"
#include "agent/service/terms.hh"
#include "agent/service/users.hh"

#include <map>
#include <memory>
#include <optional>
#include <set>
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
    explicit Storages(Context& context) : context_(context), originals_(context.settings.import_from) {}

    std::vector<std::string> list(const auth::Principal&) const;
    occi::Resource show(const Uuid&, const auth::Principal&) const; // Error{not_found}

    // title, image_url and/or storage_size. The original is opened and its header read before the answer, its bytes are
    // copied afterwards. Error{invalid, forbidden}: the original; Error{conflict}: no room.
    Made create(const occi::Resource&, const Terms&);

    // Begins to receive an image of `bytes`, if that is known. Error{conflict}: no room.
    Arrival receive(std::uint64_t bytes);
    // Error{conflict}: the pool has no room for so many bytes and what is always kept free.
    void check_room(std::uint64_t bytes);
    // title, storage_size and image_url, which is for people only. Error{invalid}: what came is no image.
    Made create(Arrival, const occi::Resource&, const Terms&);

    // online, offline, backup, snapshot, resize; nullopt when nothing would change. A backup and a snapshot are
    // storages of their own as soon as this returns, and the operation is theirs. Error{conflict}: the storage is not
    // ready, or the sentence names the compute that is in the way; Error{invalid}: no good size.
    std::optional<state::Operation> invoke(const Uuid&, const occi::Invocation&, const Terms&);

    // Takes over the title and a larger size, as far as `wanted` has them; nullopt when nothing would change.
    // Error{conflict}: the storage would become smaller, or the sentence names the compute that is in the way.
    std::optional<state::Operation> update(const Uuid&, const occi::Resource& wanted, const Terms&);

    // Makes a storage of the disk that the machine boots from: as the disk is now, or (deferred) as it is when the
    // machine is off next. An empty title means one that we choose. Error{conflict, busy}: not now.
    Made save(const hv::Machine&, const std::string& title, bool deferred, const Terms&);

    // Whether this agent made the storage. Error{not_found}; Error{conflict} names what is in the way of its removal
    // now. Changes nothing.
    bool may_remove(const Uuid&, const auth::Principal&);
    // What else lies in the pool: who may know that is the caller's to say.
    std::vector<Orphan> orphans() const;
    // It becomes a storage of the caller. Error{not_found}; Error{conflict}: a machine uses it, or no room;
    // Error{invalid}: it is no image.
    Made adopt(const Uuid& orphan, const Terms&);
    // Error{not_found}; Error{conflict}: a machine uses it.
    void discard(const Uuid& orphan, const Terms&);

    // Stops a copy under way. Error{conflict} names a compute that uses it.
    state::Operation remove(const Uuid&, const Terms&);

    std::vector<state::OperationKind> kinds();

    // To be called after the journal has been taken up: removes that of which there is a record left and no
    // operation.
    void resume(const state::Snapshot& at_start);

private:
    // The record; one is made up for another agent's volume, while the pool is that agent's.
    static std::optional<state::StorageRecord> record_in(const state::Snapshot&, const Uuid&);
    state::StorageRecord record_of(const occi::Resource&, const Terms&) const;
    void offer_as_template(state::StorageRecord&) const;
    Made begin(const state::StorageRecord&, KindOfOperation, const Terms&);
    void make_blank(const Uuid&);
    void copy(const Uuid&, state::Task&);
    void keep(const Uuid&, state::Task&);
    void ended_creation(const state::Operation&);
    Users users_if_asked(const Uuid&);
    void make_sure_unused(const Uuid&);
    void give_back(const state::Operation&);
    state::Work removal(const state::Operation&);
    void remove_volume(const Uuid&);
    state::Operation begin_removal(const Uuid&, const Terms&);
    // storages_changes.cc
    state::StorageRecord readable_record(const Uuid&, const auth::Principal&) const;
    state::StorageRecord changeable_record(const Uuid&, const auth::Principal&) const;
    void change_record(const Uuid&, const std::function<void(state::StorageRecord&)>&);
    static void refuse_used(const Uuid&, const Claimed& others, const Users&);
    Claims::Claim hold_still(const Uuid&);
    std::optional<state::Operation> change(const Uuid&, Naming, std::optional<double> gibibytes,
                                           const Terms&);
    std::optional<state::Operation> switch_to(const Uuid&, bool offline, const Terms&);
    void set_offline(const Uuid&, bool offline);
    void grow(const Uuid&, std::uint64_t bytes);
    std::vector<state::OperationKind> kinds_of_changes();
    // storages_copies.cc
    state::Operation begin_copy(const Uuid& original, const std::string& what, bool offline, const Terms&);
    void copy_volume(const Uuid&, const Uuid& original, state::Task&);
    state::OperationKind kind_of_copy();
    // orphans.cc
    void take_in(const state::Operation&, state::Task&);
    state::OperationKind kind_of_adoption();
    // disk_save.cc
    void save_disk(const state::Operation&, state::Task&);
    void save_running(const Uuid& id, const hv::Machine&, const hv::Disk&, state::Task&);
    bool save_resting(const Uuid& id, const hv::Machine&, const hv::Disk&, state::Task&);
    std::vector<state::OperationKind> kinds_of_saves();
    state::OperationKind creation(KindOfOperation, const char* step,
                                  const std::function<void(const state::Operation&, state::Task&)>& run,
                                  bool leaves_parts);

    Context& context_;
    Originals originals_;
    DiskLock records_; // held while a record that is there is changed, from the look to the writing
    Guarded<std::map<Uuid, std::shared_ptr<hv::Incoming>, std::less<>>> arrived_; // whole, to be kept
    Guarded<std::set<Uuid>> saving_; // volumes of machines: one save of each at a time
};

} // namespace service
