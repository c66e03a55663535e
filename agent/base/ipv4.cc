#include "agent/base/ipv4.hh"

#include "agent/base/text.hh"

#include <fmt/core.h>

std::optional<Ipv4> Ipv4::parse(std::string_view text) noexcept {
    std::uint32_t bits = 0;
    for (int part = 0; part < 4; ++part) {
        const auto dot = part < 3 ? text.find('.') : text.size();
        if (dot == text.npos) return std::nullopt;
        const auto digits = text.substr(0, dot);
        // A leading zero is octal to some readers and decimal to others: RFC 6943, 3.1.1.
        if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
        const auto octet = text::to_number(digits, 255);
        if (!octet) return std::nullopt;
        bits = bits << 8 | static_cast<std::uint32_t>(*octet);
        text.remove_prefix(part < 3 ? dot + 1 : dot);
    }
    return Ipv4{bits};
}

std::string Ipv4::text() const {
    return fmt::format("{}.{}.{}.{}", bits >> 24, bits >> 16 & 0xff, bits >> 8 & 0xff, bits & 0xff);
}

std::optional<Ipv4Block> Ipv4Block::parse(std::string_view cidr) noexcept {
    const auto slash = cidr.find('/');
    if (slash == cidr.npos) return std::nullopt;
    const auto address = Ipv4::parse(cidr.substr(0, slash));
    const auto digits = cidr.substr(slash + 1);
    const auto prefix = text::to_number(digits, 32);
    if (!address || !prefix || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
    const Ipv4Block block{*address, static_cast<unsigned>(*prefix)};
    if ((block.address.bits & ~block.mask().bits) != 0) return std::nullopt;
    return block;
}

bool Ipv4Block::contains(Ipv4 other) const noexcept { return (other.bits & mask().bits) == address.bits; }

bool Ipv4Block::overlaps(const Ipv4Block& other) const noexcept {
    return contains(other.address) || other.contains(address);
}

Ipv4 Ipv4Block::mask() const noexcept {
    return Ipv4{static_cast<std::uint32_t>(~std::uint64_t{0} << (32 - prefix))};
}

std::string Ipv4Block::text() const { return fmt::format("{}/{}", address.text(), prefix); }
