#include "agent/fetch/network.hh"

#include "agent/base/text.hh"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace fetch {
namespace {

unsigned width(const Address& address) noexcept { return address.is_ipv6 ? 128 : 32; }

bool bit(const Address& address, unsigned index) noexcept {
    return (address.bytes[index / 8] >> (7 - index % 8) & 1) != 0;
}

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

bool is_within(const Address& address, std::string_view cidr) noexcept {
    const auto network = Network::parse(cidr);
    return network && network->contains(address);
}

} // namespace

std::optional<Address> Address::parse(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size()) return std::nullopt;
    std::ranges::copy(text, terminated.begin());
    Address address;
    address.is_ipv6 = text.find(':') != text.npos;
    if (::inet_pton(address.is_ipv6 ? AF_INET6 : AF_INET, terminated.data(), address.bytes.data()) != 1)
        return std::nullopt;
    return address;
}

std::optional<Address> Address::of(const sockaddr* raw) noexcept {
    Address address;
    if (raw->sa_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, raw, sizeof four);
        std::memcpy(address.bytes.data(), &four.sin_addr, 4);
        return address;
    }
    if (raw->sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 six{};
    std::memcpy(&six, raw, sizeof six);
    std::memcpy(address.bytes.data(), &six.sin6_addr, 16);
    address.is_ipv6 = true;
    return address;
}

std::string Address::text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, bytes.data(), text.data(), text.size());
    return text.data();
}

std::optional<Network> Network::parse(std::string_view cidr) noexcept {
    const auto slash = cidr.find('/');
    if (slash == cidr.npos) return std::nullopt;
    const auto first = Address::parse(cidr.substr(0, slash));
    if (!first) return std::nullopt;
    const auto prefix = text::to_number(cidr.substr(slash + 1), width(*first));
    if (!prefix) return std::nullopt;
    const Network network{*first, static_cast<unsigned>(*prefix)};
    for (auto i = network.prefix; i < width(*first); ++i)
        if (bit(*first, i)) return std::nullopt;
    return network;
}

bool Network::contains(const Address& address) const noexcept {
    if (address.is_ipv6 != first.is_ipv6) return false;
    for (unsigned i = 0; i < prefix; ++i)
        if (bit(address, i) != bit(first, i)) return false;
    return true;
}

std::string Network::text() const { return first.text() + "/" + std::to_string(prefix); }

bool is_public(const Address& address) noexcept {
    const auto holds_it = [&](const char* cidr) { return is_within(address, cidr); };
    if (!address.is_ipv6) return std::ranges::none_of(special_ipv4, holds_it);
    return is_within(address, global_ipv6) && std::ranges::none_of(special_ipv6, holds_it);
}

} // namespace fetch
