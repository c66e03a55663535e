#pragma once
// Says who asks, before the body of a request is read. Without any configured method everybody who reaches a loopback
// or unix socket is the principal "local", an administrator: any local user then rules the host. What a web page of
// the internet could make a browser on this host send is refused by its Host header, since the page's name is no
// loopback literal.
//
// Threads: any.

#include "agent/auth/principal.hh"

#include <string_view>

namespace auth {

// Whether a Host header names this very machine by a loopback literal or as "localhost", with or without a port.
bool is_local_host(std::string_view host) noexcept;

// Throws Error{forbidden} when `host` (the request's Host header) is not local.
Principal identify(std::string_view host);

} // namespace auth
