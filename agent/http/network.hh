#pragma once
// IP addresses and networks of them, of both families, and whether one is in the other. An IPv4 address that is written
// as one of IPv6 (::ffff:192.0.2.1) is the IPv4 address.
//
// Threads: values.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace http {

struct Ip {
    std::array<std::uint8_t, 16> bytes{}; // of IPv4: mapped into IPv6 (RFC 4291, 2.5.5.2)

    // Without brackets, port or zone; nullopt: it is no address.
    static std::optional<Ip> parse(std::string_view) noexcept;
    bool is_v4() const noexcept;
    std::string text() const;
    bool operator==(const Ip&) const = default;
};

class Network {
public:
    // "192.0.2.1", "10.0.0.0/8", "2001:db8::/32", or "unix" for the peers of unix sockets, which have no address.
    // nullopt: it is none of that, or has bits outside its prefix.
    static std::optional<Network> parse(std::string_view) noexcept;
    std::string text() const;

    bool is_unix() const noexcept { return !first_; }
    bool contains(const Ip&) const noexcept;
    bool operator==(const Network&) const = default;

private:
    Network() = default;

    std::optional<Ip> first_; // nullopt: unix
    unsigned prefix_ = 128;   // of the mapped form
};

} // namespace http
