#include "agent/fetch/public_address.hh"

#include <algorithm>
#include <array>
#include <string_view>

namespace fetch {
namespace {

// Of IPv4 what no one has on the internet.
constexpr std::array special_ipv4{
    "0.0.0.0/8",       // this network: Linux takes 0.0.0.0 for this host
    "10.0.0.0/8",      // private
    "100.64.0.0/10",   // shared by carriers (RFC 6598)
    "127.0.0.0/8",     // loopback
    "169.254.0.0/16",  // link-local, and the metadata of clouds
    "172.16.0.0/12",   // private
    "192.0.0.0/24",    // assigned to protocols
    "192.0.2.0/24",    // examples
    "192.88.99.0/24",  // relays of 6to4
    "192.168.0.0/16",  // private
    "198.18.0.0/15",   // benchmarks
    "198.51.100.0/24", // examples
    "203.0.113.0/24",  // examples
    "224.0.0.0/4",     // multicast
    "240.0.0.0/4",     // reserved, broadcast
};

// Of IPv6 what is public lies in here, and not in the second list.
constexpr auto global_ipv6 = "2000::/3";
constexpr std::array special_ipv6{
    "2001::/23",     // assigned to protocols: Teredo, ORCHID
    "2001:db8::/32", // examples
    "2002::/16",     // 6to4
    "3fff::/20",     // examples
};

bool is_within(const Ip& ip, std::string_view cidr) noexcept {
    const auto block = IpBlock::parse(cidr);
    return block && block->contains(ip);
}

} // namespace

bool is_public(const Ip& ip) noexcept {
    const auto holds_it = [&](const char* cidr) { return is_within(ip, cidr); };
    if (!ip.is_v6) return std::ranges::none_of(special_ipv4, holds_it);
    return is_within(ip, global_ipv6) && std::ranges::none_of(special_ipv6, holds_it);
}

} // namespace fetch
