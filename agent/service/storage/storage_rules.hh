#pragma once
// What can be done with a storage now, and which of its users are in the way of it.
//
// Threads: any; pure functions.

#include "agent/auth/principal.hh"
#include "agent/occi/model.hh"
#include "agent/service/users.hh"
#include "agent/state/snapshot.hh"

#include <string>
#include <vector>

namespace service {

std::vector<const occi::Action*> actions_on_storage(const state::Snapshot&, const state::StorageRecord&,
                                                    const occi::Model&);

// Whether the action only reads the storage, so that who may make something may do it with what he sees.
bool may_copy_by(const occi::Action&, const auth::Principal&);

// Who of its users is in the way of something, as a sentence about the storage; empty: nobody.
using InTheWay = std::string (*)(const Users&);

std::string any_user(const Users&);
// It grows under one machine of ours that has it, and that hears of it.
std::string cannot_grow(const Users&);
// A copy of what is being written to would be of no moment, unless the machine itself makes it: one of ours can.
std::string cannot_copy(const Users&);
// The same for who cannot ask the machine.
std::string cannot_copy_now(const Users&);

// Error{conflict} with that sentence.
void refuse(InTheWay, const Users&, const Uuid& storage);

} // namespace service
