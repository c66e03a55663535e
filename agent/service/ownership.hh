#pragma once
// Whose what the hypervisor has is, and the refusal to change what one only sees. Who sees and changes what is
// auth::Principal's to say.
//
// Threads: any; pure functions.

#include "agent/auth/principal.hh"
#include "agent/service/context.hh"
#include "agent/state/snapshot.hh"

#include <string_view>

namespace service {

// What others have made is nobody's, and shared with nobody; but everybody may see what a compute gets that names none.
// Valid as long as the snapshot.
Ownership whose_network(const Context&, const state::Snapshot&, const Uuid&);

// Error{forbidden} that says who may. For what has been found visible: before that it is not there at all.
// `thing`: "network".
void require_change(const auth::Principal&, const Ownership&, std::string_view thing, const Uuid&);

} // namespace service
