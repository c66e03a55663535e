#pragma once
// The address of a socket: TCP over IPv4 or IPv6, or a path. Wraps sockaddr, so that its casts stand in one place.
//
// Threads: values.

#include "agent/http/listener.hh"

#include <optional>
#include <string>
#include <sys/socket.h>

namespace http {

class Address {
public:
    // nullopt when the host of the endpoint is no address of its family.
    static std::optional<Address> of(const Endpoint&) noexcept;
    static Address local_of(int socket) noexcept;
    // Whether the host could listen there at all: a kernel may have no IPv6, or no ::1.
    static bool exists_here(const Endpoint&) noexcept;

    // For accept(2), which fills in what raw() and size() point to.
    sockaddr* raw() noexcept { return reinterpret_cast<sockaddr*>(&storage_); }
    const sockaddr* raw() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t& size() noexcept { return size_; }
    socklen_t size() const noexcept { return size_; }

    Endpoint::Family family() const noexcept;
    std::string host() const; // without brackets; the path of a unix socket
    unsigned port() const noexcept;
    bool is_loopback() const noexcept;
    // The key by which what one peer does is counted: its IPv4 address ("192.0.2.1"), or the /64 of its IPv6 address,
    // which is what one customer usually has ("2001:db8::/64"; "::1" stands alone). "unix" is not all: see Caller.
    std::string source() const;
    std::string text() const; // "127.0.0.1:41212", "[::1]:41212" or "unix"

private:
    sockaddr_storage storage_{};
    socklen_t size_ = sizeof storage_;
};

} // namespace http
