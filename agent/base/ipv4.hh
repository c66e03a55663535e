#pragma once
// IPv4 addresses and blocks of them, in host byte order.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct Ipv4 {
    std::uint32_t bits = 0;
    auto operator<=>(const Ipv4&) const = default;
    static std::optional<Ipv4> parse(std::string_view) noexcept; // dotted quad only, no leading zeros
    std::string text() const;
};

// A block with its network address; `prefix` is 0 to 32. `address` has no bits outside the prefix.
struct Ipv4Block {
    Ipv4 address;
    unsigned prefix = 24;
    auto operator<=>(const Ipv4Block&) const = default;
    static std::optional<Ipv4Block>
    parse(std::string_view cidr) noexcept; // "10.1.0.0/24"; nullopt when host bits are set
    std::uint64_t count() const noexcept { return std::uint64_t{1} << (32 - prefix); }
    bool contains(Ipv4) const noexcept;
    bool overlaps(const Ipv4Block&) const noexcept;
    Ipv4 nth(std::uint64_t index) const noexcept {
        return Ipv4{static_cast<std::uint32_t>(address.bits + index)};
    }
    Ipv4 broadcast() const noexcept { return nth(count() - 1); }
    Ipv4 mask() const noexcept;
    std::string text() const; // CIDR
};
