#include "agent/base/ip.hh"

#include "agent/base/text.hh"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

unsigned width(const Ip& ip) noexcept { return ip.is_v6 ? 128 : 32; }

bool bit(const Ip& ip, unsigned index) noexcept { return (ip.bytes[index / 8] >> (7 - index % 8) & 1) != 0; }

} // namespace

std::optional<Ip> Ip::parse(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != text.npos) return std::nullopt;
    std::ranges::copy(text, terminated.begin());
    Ip ip;
    ip.is_v6 = text.find(':') != text.npos;
    const int family = ip.is_v6 ? AF_INET6 : AF_INET;
    return ::inet_pton(family, terminated.data(), ip.bytes.data()) == 1 ? std::optional(ip) : std::nullopt;
}

std::optional<Ip> Ip::of(const sockaddr* raw) noexcept {
    Ip ip;
    if (raw->sa_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, raw, sizeof four);
        std::memcpy(ip.bytes.data(), &four.sin_addr, sizeof four.sin_addr);
        return ip;
    }
    if (raw->sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 six{};
    std::memcpy(&six, raw, sizeof six);
    std::memcpy(ip.bytes.data(), &six.sin6_addr, sizeof six.sin6_addr);
    ip.is_v6 = true;
    return ip;
}

Ip Ip::unmapped() const noexcept {
    if (!is_v6 || !std::equal(mapped.begin(), mapped.end(), bytes.begin())) return *this;
    Ip ip;
    std::copy(bytes.begin() + mapped.size(), bytes.end(), ip.bytes.begin());
    return ip;
}

std::string Ip::text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes.data(), text.data(), text.size());
    return text.data();
}

std::optional<IpBlock> IpBlock::parse(std::string_view cidr) noexcept {
    const auto slash = cidr.find('/');
    if (slash == cidr.npos) return std::nullopt;
    const auto first = Ip::parse(cidr.substr(0, slash));
    if (!first) return std::nullopt;
    const auto prefix = text::to_number(cidr.substr(slash + 1), width(*first));
    if (!prefix) return std::nullopt;
    const IpBlock block{*first, static_cast<unsigned>(*prefix)};
    for (auto i = block.prefix; i < width(*first); ++i)
        if (bit(*first, i)) return std::nullopt;
    return block;
}

IpBlock IpBlock::of(const Ip& ip) noexcept { return {ip, width(ip)}; }

bool IpBlock::contains(const Ip& ip) const noexcept {
    if (ip.is_v6 != first.is_v6) return false;
    for (unsigned i = 0; i < prefix; ++i)
        if (bit(ip, i) != bit(first, i)) return false;
    return true;
}

IpBlock IpBlock::unmapped() const noexcept {
    constexpr unsigned bits_of_mark = 8 * mapped.size();
    const auto ip = first.unmapped();
    return ip.is_v6 || !first.is_v6 || prefix < bits_of_mark ? *this : IpBlock{ip, prefix - bits_of_mark};
}

std::string IpBlock::text() const { return first.text() + "/" + std::to_string(prefix); }
