#pragma once
// Which addresses are public: all but what the IANA registries of special-purpose addresses (RFC 6890) name.
//
// Threads: a pure function.

#include "agent/base/ip.hh"

namespace fetch {

// Not loopback, private, link-local, shared (CGNAT), multicast, reserved, nor one that carries an IPv4 address inside
// (mapped, 6to4, NAT64, Teredo): behind that could be any of the former.
bool is_public(const Ip&) noexcept;

} // namespace fetch
