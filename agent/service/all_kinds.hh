#pragma once
// All kinds of operation, with the work of the services that do them.
//
// Threads: called once, when the agent is put together; the services must outlive what it returns.

#include "agent/service/compute/computes.hh"
#include "agent/service/mixins.hh"
#include "agent/service/network/networks.hh"
#include "agent/service/storage/storages.hh"

#include <vector>

namespace service {

// What removes an entity takes what users have given to it with it.
std::vector<state::OperationKind> all_kinds(Computes&, Storages&, Networks&, Mixins&);

} // namespace service
