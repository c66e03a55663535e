#pragma once
// Addresses of IPv4 and IPv6, and blocks of them: who has connected, and where a connection leads. What guests get is
// counted in IPv4 alone (ipv4.hh).
//
// Threads: values.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

// An IPv4 address takes the first four bytes. One that is mapped into IPv6 (::ffff:192.0.2.1) is an IPv6 address until
// somebody asks for what it stands for.
struct Ip {
    bool is_v6 = false;
    std::array<std::uint8_t, 16> bytes{};

    static std::optional<Ip> parse(std::string_view) noexcept; // no brackets, port or zone
    static std::optional<Ip> of(const sockaddr*) noexcept;     // nullopt: neither IPv4 nor IPv6
    Ip unmapped() const noexcept;                              // RFC 4291, 2.5.5.2
    std::string text() const;
    bool operator==(const Ip&) const = default;
};

struct IpBlock {
    Ip first;            // no bits outside of the prefix
    unsigned prefix = 0; // at most 32 or 128

    static std::optional<IpBlock> parse(std::string_view cidr) noexcept; // "10.0.0.0/8", "fd00::/8"
    static IpBlock of(const Ip&) noexcept;                               // that address alone
    bool contains(const Ip&) const noexcept;                             // of its own family only
    IpBlock unmapped() const noexcept;                                   // as of an address
    std::string text() const;                                            // CIDR
    bool operator==(const IpBlock&) const = default;
};
