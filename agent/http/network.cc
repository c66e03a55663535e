#include "agent/http/network.hh"

#include "agent/base/text.hh"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <fmt/format.h>

namespace http {
namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::string_view unix_word = "unix";
constexpr unsigned bits_of_v4 = 32, bits_of_v6 = 128;

bool is_zero_behind(const Ip& ip, unsigned prefix) noexcept {
    for (unsigned bit = prefix; bit < bits_of_v6; ++bit)
        if ((ip.bytes[bit / 8] >> (7 - bit % 8) & 1U) != 0) return false;
    return true;
}

} // namespace

std::optional<Ip> Ip::parse(std::string_view text) noexcept {
    char copy[INET6_ADDRSTRLEN] = "";
    if (text.empty() || text.size() >= sizeof copy || text.find('\0') != text.npos) return std::nullopt;
    std::memcpy(copy, text.data(), text.size());
    Ip ip;
    if (::inet_pton(AF_INET6, copy, ip.bytes.data()) == 1) return ip;
    std::ranges::copy(mapped, ip.bytes.begin());
    if (::inet_pton(AF_INET, copy, ip.bytes.data() + mapped.size()) == 1) return ip;
    return std::nullopt;
}

bool Ip::is_v4() const noexcept { return std::equal(mapped.begin(), mapped.end(), bytes.begin()); }

std::string Ip::text() const {
    char text[INET6_ADDRSTRLEN] = "";
    return is_v4() ? ::inet_ntop(AF_INET, bytes.data() + mapped.size(), text, sizeof text)
                   : ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
}

std::optional<Network> Network::parse(std::string_view text) noexcept {
    Network network;
    if (text == unix_word) return network;
    const auto slash = std::min(text.find('/'), text.size());
    network.first_ = Ip::parse(text.substr(0, slash));
    if (!network.first_) return std::nullopt;
    if (slash == text.size()) return network;
    const bool is_v4 = network.first_->is_v4() && text.find(':') == text.npos;
    const auto prefix = text::to_number(text.substr(slash + 1), is_v4 ? bits_of_v4 : bits_of_v6);
    if (!prefix) return std::nullopt;
    network.prefix_ = static_cast<unsigned>(*prefix) + (is_v4 ? bits_of_v6 - bits_of_v4 : 0);
    return is_zero_behind(*network.first_, network.prefix_) ? std::optional(network) : std::nullopt;
}

std::string Network::text() const {
    if (!first_) return std::string(unix_word);
    if (prefix_ == bits_of_v6) return first_->text();
    const bool as_v4 = first_->is_v4() && prefix_ >= bits_of_v6 - bits_of_v4;
    return fmt::format("{}/{}", first_->text(), as_v4 ? prefix_ - (bits_of_v6 - bits_of_v4) : prefix_);
}

// ::/0 is of IPv6: a network of one family has no address of the other.
bool Network::contains(const Ip& ip) const noexcept {
    if (!first_ || first_->is_v4() != ip.is_v4()) return false;
    for (unsigned bit = 0; bit < prefix_; bit += 8) {
        const auto mask = prefix_ - bit >= 8 ? 0xffU : 0xffU << (8 - (prefix_ - bit)) & 0xffU;
        if (((first_->bytes[bit / 8] ^ ip.bytes[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

} // namespace http
