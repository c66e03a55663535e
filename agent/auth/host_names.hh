#pragma once
// By which names a client may call this host (the Host header): a web page of somebody else can make a browser send
// requests here under the page's own name, with what the browser knows (DNS rebinding). Addresses cannot be used for
// that, and the host's own names are not the page's.
//
// Threads: any; pure functions.

#include <string>
#include <string_view>
#include <vector>

namespace auth {

// Whether it names this very machine by a loopback literal or as "localhost", with or without a port.
bool is_local_host(std::string_view host) noexcept;

// Whether it is an address of IPv4, or of IPv6 in brackets, with or without a port.
bool is_address(std::string_view host) noexcept;

// Whether it is one of `names`, which may begin with "*." as in certificates.
bool is_one_of(std::string_view host, const std::vector<std::string>& names) noexcept;

// The name in front of ":PORT"; an IPv6 literal keeps its brackets. Empty when the port is no number.
std::string_view without_port(std::string_view host) noexcept;

// What this host calls itself: its name, whole and up to the first dot.
std::vector<std::string> names_of_this_host();

} // namespace auth
