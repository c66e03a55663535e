#pragma once
// Which addresses a network may have: what ADDRESS and SIZE mean together, and which block is free for one that names
// none.
//
// Threads: any; pure functions.

#include "agent/base/ipv4.hh"

#include <cstdint>
#include <functional>
#include <string>

namespace service {

// Of a SIZE: A, B, C or a number of addresses. Error{invalid}.
unsigned prefix_of(const std::string& size);

// The size of a block, as a SIZE.
std::string size_of(const Ipv4Block&);

// The block that ADDRESS and SIZE mean together. Throws Error{invalid}.
Ipv4Block block_of(const std::string& address, const std::string& size);

// How many addresses of a network may be handed out, the host's own included; `size` as in the record.
std::uint64_t usable_addresses(const Ipv4Block&, const std::string& size);

// The network or route that is in the way of a block, for a sentence; empty: none.
using InTheWayOf = std::function<std::string(const Ipv4Block&)>;

// The first free /24 (or smaller or larger block of `prefix`) for a network that names no address. Error{invalid}: only
// one that names an address may be so large; Error{conflict}: none is free.
Ipv4Block first_free(unsigned prefix, const InTheWayOf&);

// OCCI has address and size as one: "10.1.0.0/24". Takes the prefix from the address, and makes it the size.
// Error{invalid}: it is none from 8 to 30, or the size that was given says something else.
void take_prefix(std::string& address, std::string& size, bool is_size_given);

} // namespace service
