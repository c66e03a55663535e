#pragma once
// Gives an address back to the DHCP server of a network in the name of a guest that can't any more. dnsmasq keeps
// the lease of a guest that was switched off until it runs out, and meanwhile refuses the address to the guest that
// has it reserved now.
//
// Threads: any.

#include "agent/base/ipv4.hh"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hv::host {

using Mac = std::array<std::uint8_t, 6>;
std::optional<Mac> parse_mac(std::string_view); // "52:54:00:0a:0b:0c"

// The DHCPRELEASE (RFC 2131, 4.4.4 and table 5) of `address` by `mac` to the server at `server`.
std::vector<std::uint8_t> release_message(const Mac&, Ipv4 address, Ipv4 server);

// Sends it as if it came in by `bridge`. There is no answer. Throws Error{unavailable} when it cannot be sent.
void send_release(const std::string& bridge, const Mac&, Ipv4 address, Ipv4 server);

} // namespace hv::host
