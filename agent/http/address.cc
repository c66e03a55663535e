#include "agent/http/address.hh"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <netinet/in.h>
#include <sys/un.h>

namespace http {
namespace {

template <class T> T& as(sockaddr_storage& storage) noexcept { return reinterpret_cast<T&>(storage); }
template <class T> const T& as(const sockaddr_storage& storage) noexcept {
    return reinterpret_cast<const T&>(storage);
}

} // namespace

std::optional<Address> Address::of(const Endpoint& endpoint) noexcept {
    Address address;
    const auto port = htons(static_cast<std::uint16_t>(endpoint.port));
    switch (endpoint.family) {
    case Endpoint::Family::ipv4: {
        auto& in = as<sockaddr_in>(address.storage_);
        in.sin_family = AF_INET;
        in.sin_port = port;
        address.size_ = sizeof in;
        if (::inet_pton(AF_INET, endpoint.host.c_str(), &in.sin_addr) != 1) return std::nullopt;
        break;
    }
    case Endpoint::Family::ipv6: {
        auto& in = as<sockaddr_in6>(address.storage_);
        in.sin6_family = AF_INET6;
        in.sin6_port = port;
        address.size_ = sizeof in;
        if (::inet_pton(AF_INET6, endpoint.host.c_str(), &in.sin6_addr) != 1) return std::nullopt;
        break;
    }
    case Endpoint::Family::unix_path: {
        auto& un = as<sockaddr_un>(address.storage_);
        un.sun_family = AF_UNIX;
        address.size_ = sizeof un;
        if (endpoint.host.size() >= sizeof un.sun_path) return std::nullopt;
        std::memcpy(un.sun_path, endpoint.host.c_str(), endpoint.host.size() + 1);
        break;
    }
    }
    return address;
}

Address Address::local_of(int socket) noexcept {
    Address address;
    if (::getsockname(socket, address.raw(), &address.size_) != 0) address.storage_.ss_family = AF_UNSPEC;
    return address;
}

bool Address::exists_here(const Endpoint& endpoint) noexcept {
    auto any_port = endpoint;
    any_port.port = 0;
    const auto address = of(any_port);
    if (!address) return false;
    const Descriptor probe(::socket(address->raw()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return probe && ::bind(probe.get(), address->raw(), address->size()) == 0;
}

Endpoint::Family Address::family() const noexcept {
    switch (storage_.ss_family) {
    case AF_INET: return Endpoint::Family::ipv4;
    case AF_INET6: return Endpoint::Family::ipv6;
    default: return Endpoint::Family::unix_path;
    }
}

std::string Address::host() const {
    char text[INET6_ADDRSTRLEN] = "";
    switch (storage_.ss_family) {
    case AF_INET: return ::inet_ntop(AF_INET, &as<sockaddr_in>(storage_).sin_addr, text, sizeof text);
    case AF_INET6: return ::inet_ntop(AF_INET6, &as<sockaddr_in6>(storage_).sin6_addr, text, sizeof text);
    default: break;
    }
    // An unnamed or abstract one has no path; a path need not end with a zero when it fills its field.
    constexpr auto start = offsetof(sockaddr_un, sun_path);
    const auto& un = as<sockaddr_un>(storage_);
    return size_ <= start ? "" : std::string(un.sun_path, ::strnlen(un.sun_path, size_ - start));
}

unsigned Address::port() const noexcept {
    switch (storage_.ss_family) {
    case AF_INET: return ntohs(as<sockaddr_in>(storage_).sin_port);
    case AF_INET6: return ntohs(as<sockaddr_in6>(storage_).sin6_port);
    default: return 0;
    }
}

bool Address::is_loopback() const noexcept {
    switch (storage_.ss_family) {
    case AF_INET: return ntohl(as<sockaddr_in>(storage_).sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    case AF_INET6: {
        const auto& address = as<sockaddr_in6>(storage_).sin6_addr;
        return IN6_IS_ADDR_LOOPBACK(&address) ||
               (IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == IN_LOOPBACKNET);
    }
    default: return storage_.ss_family == AF_UNIX;
    }
}

std::string Address::source() const {
    if (storage_.ss_family == AF_UNIX) return "unix";
    if (storage_.ss_family != AF_INET6) return host();
    auto network = *this;
    auto& address = as<sockaddr_in6>(network.storage_).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        char text[INET_ADDRSTRLEN] = "";
        return ::inet_ntop(AF_INET, &address.s6_addr[12], text, sizeof text);
    }
    if (is_loopback()) return host();
    std::fill(std::begin(address.s6_addr) + 8, std::end(address.s6_addr), std::uint8_t{0});
    return network.host() + "/64";
}

std::string Address::text() const {
    switch (storage_.ss_family) {
    case AF_INET: return fmt::format("{}:{}", host(), port());
    case AF_INET6: return fmt::format("[{}]:{}", host(), port());
    default: return "unix";
    }
}

} // namespace http
