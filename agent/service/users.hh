#pragma once
// Who uses what. Whether a volume may be changed or freed is never told by what we have noted: ask_users() asks the
// hypervisor for every machine that it knows, whoever made it, and adds what is planned here.
//
// Threads: any. What takes a Context blocks on the hypervisor and throws what that throws; the rest are pure functions
// of a snapshot.

#include "agent/auth/principal.hh"
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
// The same for files in the pool that are no volumes, by their paths; a file that nothing uses is left out.
std::map<std::string, Users> ask_users(Context&, const std::vector<hv::Stray>&);

// The same as far as the snapshot tells: to show something, never to change something.
Users shown_users(const state::Snapshot&, const Uuid& volume);

// As it may be told to somebody: of a machine that he does not see he learns only that there is one.
Users told_to(const auth::Principal&, const state::Snapshot&, Users);
std::string told_to(const auth::Principal&, const state::Snapshot&, const User&);

// The first user that has the volume or a clone of it; nullptr: none. `but` does not count.
const User* clone_among(const Users&) noexcept;
const User* holder_among(const Users&, const Uuid& but = {}) noexcept;

// Asks now which machine has a NIC on the network or on its bridge, or is about to.
std::optional<User> ask_user_of_network(Context&, const Uuid& network);

// The id of a compute that has a NIC on the network, or is about to.
std::optional<Uuid> user_of_network(const state::Snapshot&, const Uuid& network);

// Whether the machine is in memory, as far as can be told.
bool is_in_memory(const hv::Machine&) noexcept;

// The machines in memory that have a NIC on the network.
std::vector<const hv::Machine*> machines_on(const state::Snapshot&, const Uuid& network);

// The storage that a disk is, or is a clone of; empty for a disk that is neither.
Uuid storage_of(const hv::Disk&);

// The id of the compute that owns the volume, which goes with it.
std::optional<Uuid> user_of_volume(const state::Snapshot&, const Uuid& volume);

} // namespace service
