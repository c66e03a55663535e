#pragma once
// Where this host already sends IPv4 packets, so that no new network gets addresses that are somebody's: the main
// routing table and the addresses of the interfaces, in the network namespace of the agent.
//
// Threads: any.

#include "drivers/contract/facts.hh"

#include <string>
#include <string_view>
#include <vector>

namespace hv::host {

// Routes first, then addresses in blocks that no route has. Those that mean "everywhere else" and those of the
// loopback are left out. Throws Error{unavailable} when the kernel does not say.
std::vector<Route> routes_of_host();

// The routes in a text like /proc/net/route. Lines that make no sense are passed over.
std::vector<Route> routes_in(std::string_view table);

// Whether the host has a bridge of that name.
bool is_bridge(const std::string& device);
// Whether it has a network device of that name.
bool is_device(const std::string& device);

} // namespace hv::host
