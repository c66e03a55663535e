#pragma once
// From storagelinks to disks of a machine. One that is a clone begins as its storage and keeps its own writes; an
// ephemeral one belongs to the machine alone; every other is the storage itself. So machines may share a storage by
// clones of it, or one machine has it: never both.
//
// Threads: any; pure functions of what they are given.

#include "agent/auth/principal.hh"
#include "agent/occi/model.hh"
#include "agent/service/claims.hh"
#include "agent/service/users.hh"
#include "agent/state/snapshot.hh"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace service {

// Plans a disk with a volume, and with the target that the client wishes, if any. Throws Error{invalid}.
hv::Disk plan_disk(const occi::Link&, const occi::Model::Known&);

// Gives each disk its target: the one that it wishes, or the first that is not in `taken`. Throws Error{conflict}.
void settle_targets(std::vector<hv::Disk>&, std::set<std::string> taken);

// Plans the disks of a new machine, in the order of their targets: it boots from the first.
std::vector<hv::Disk> plan_disks(const std::vector<occi::Link>&, const occi::Model::Known&);

// Whether the storages of new disks are there, allowed, staying, and not in other hands; fills in their sizes. Throws
// Error{invalid, conflict}. `users`: of each storage (asked for by storages_of), before anybody is looked at here.
void check_disks(std::vector<hv::Disk>&, const state::Snapshot&, const Claimed& others,
                 const std::map<Uuid, Users>& users, const auth::Principal&);

// The storages that the disks are, or are clones of.
std::set<Uuid> storages_of(const std::vector<hv::Disk>&);

// Whether `there` is what `wanted` asks for, as far as a client can say. A clone of a storage that the machine has
// itself is that storage: OpenNebula's XML spells both alike.
bool is_wanted(const hv::Disk& wanted, const hv::Disk& there);

} // namespace service
