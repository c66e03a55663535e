#pragma once
// Addresses of IPv4 and IPv6 and blocks of them, and which of them are public: all but what the IANA registries of
// special-purpose addresses (RFC 6890) name.
//
// Threads: values; pure functions.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace fetch {

// An IPv4 address takes the first four bytes. One that is mapped into IPv6 (::ffff:a.b.c.d) is an IPv6 address here.
struct Address {
    bool is_ipv6 = false;
    std::array<std::uint8_t, 16> bytes{};

    bool operator==(const Address&) const = default;
    static std::optional<Address> parse(std::string_view) noexcept; // no brackets, no zone
    static std::optional<Address> of(const sockaddr*) noexcept;     // nullopt: neither IPv4 nor IPv6
    std::string text() const;
};

// "10.0.0.0/8", "fd00::/8". No bits outside of the prefix.
struct Network {
    Address first;
    unsigned prefix = 0;

    static std::optional<Network> parse(std::string_view cidr) noexcept;
    bool contains(const Address&) const noexcept;
    std::string text() const;
};

// Not loopback, private, link-local, shared (CGNAT), multicast, reserved, nor one that carries an IPv4 address inside
// (mapped, 6to4, NAT64, Teredo): behind that could be any of the former.
bool is_public(const Address&) noexcept;

} // namespace fetch
