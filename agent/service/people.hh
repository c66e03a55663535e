#pragma once
// Those who have something here, as far as somebody may know of them: accounts are not this agent's alone to list.
//
// Threads: any; a pure function.

#include "agent/auth/principal.hh"
#include "agent/state/snapshot.hh"

#include <string>
#include <vector>

namespace service {

struct Person {
    std::string name, group; // group: of what he has; of who asks, his own
};

// By their names: who asks, and for who looks after others' things those whose things these are.
std::vector<Person> people(const state::Snapshot&, const auth::Principal&);

} // namespace service
