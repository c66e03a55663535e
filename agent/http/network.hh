#pragma once
// Whom the operator means by an address, a network of addresses, or the word "unix". An IPv4 address that is written as
// one of IPv6 (::ffff:192.0.2.1) is the IPv4 address.
//
// Threads: values.

#include "agent/base/ip.hh"

#include <optional>
#include <string>
#include <string_view>

namespace http {

class Network {
public:
    // "192.0.2.1", "10.0.0.0/8", "2001:db8::/32", or "unix" for the peers of unix sockets, which have no address.
    // nullopt: it is none of that, or has bits outside its prefix.
    static std::optional<Network> parse(std::string_view) noexcept;
    std::string text() const;

    bool is_unix() const noexcept { return !block_; }
    bool contains(const Ip&) const noexcept;
    bool operator==(const Network&) const = default;

private:
    explicit Network(std::optional<IpBlock> block) : block_(block) {}

    std::optional<IpBlock> block_; // nullopt: unix
};

} // namespace http
