#pragma once
// Who uses what. Whether a volume may be changed or freed is never told by what we have noted: ask_users() asks the
// hypervisor for every machine that it knows, whoever made it, and adds what is planned here.
//
// Threads: any. What takes a Context blocks on the hypervisor and throws what that throws; the rest are pure functions
// of a snapshot.

#include "agent/service/context.hh"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace service {

// What somebody does with a volume.
struct User {
    Uuid machine;           // empty: a volume of the pool that is a clone of it, and that nobody has now
    std::string name;       // for a sentence: "compute ID", or with its name when it is of others
    bool ours = false;      // a machine of ours
    bool is_clone = false;  // it has something that is made on top of it; false: the volume itself
    bool in_memory = false; // it may write at any moment
    bool saved = false;     // it is off, and goes on from saved memory
};
using Users = std::vector<User>;

// Asked now: every domain that the hypervisor has, running or only defined, by file, by pool and volume, through links
// and through all layers of its disks; clones in the pool; and our own records of what is coming, leaving or undefined.
// By the volume.
std::map<Uuid, Users> ask_users(Context&, const std::set<Uuid>& volumes);
Users ask_users(Context&, const Uuid& volume);
// The same of files in the pool that are no volumes, by their paths; one that nobody uses is not among them.
std::map<std::string, Users> ask_users(Context&, const std::vector<hv::Stray>&);

// The same as far as the snapshot tells: for what is shown, never for what is changed.
Users shown_users(const state::Snapshot&, const Uuid& volume);

// The first that has a clone of it, or the volume itself; nullptr: nobody. `but` does not count.
const User* clone_among(const Users&) noexcept;
const User* holder_among(const Users&, const Uuid& but = {}) noexcept;

// Who has a NIC on the network, or is about to, asked now; by the network or by its bridge. For a sentence; empty:
// nobody.
std::string ask_user_of_network(Context&, const Uuid& network);

// The id of a compute that has a NIC on the network, or is about to.
std::optional<Uuid> user_of_network(const state::Snapshot&, const Uuid& network);

// Whether it is in memory, as far as anybody knows.
bool is_in_memory(const hv::Machine&) noexcept;

// Those in memory with a NIC on the network.
std::vector<const hv::Machine*> machines_on(const state::Snapshot&, const Uuid& network);

// The storage that a disk is, or is a clone of; empty for a disk that is neither.
Uuid storage_of(const hv::Disk&);

// The id of a compute whose own volume it is: one that goes with it.
std::optional<Uuid> user_of_volume(const state::Snapshot&, const Uuid& volume);

} // namespace service
