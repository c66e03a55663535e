#pragma once
// The network of those computes that name none, while it is being made: at the first start, and after somebody has
// taken it away.
//
// Threads: any.

#include "agent/service/context.hh"

#include <string>

namespace service {

// That the agent's own one is still being made, or looked for; empty: it is there, cannot be had, or is not wanted, or
// nobody can tell.
std::string default_network_under_way(const Context&, const state::Snapshot&);

// Of a network that is not there when its turn has come; it may be that one.
std::string why_no_network(const Context&, const Uuid&);

} // namespace service
