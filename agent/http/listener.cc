#include "agent/http/listener.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/http/address.hh"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace http {
namespace {

constexpr int backlog = 4096;
constexpr std::string_view unix_scheme = "unix:";
constexpr std::string_view secure_scheme = "https://";
constexpr std::string_view secure_name = "https"; // of an inherited socket

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
    throw Error(Fault::invalid,
                fmt::format("\"{}\" is no address to listen on: {}", text::printable(text), why));
}

[[noreturn]] void fail(const Endpoint& endpoint, int code) {
    auto why = text::lower(std::strerror(code));
    throw Error(Fault::unavailable, fmt::format("cannot listen on {}: {}", endpoint.text(), why));
}

std::string_view without_scheme(std::string_view text) noexcept {
    if (text.starts_with(secure_scheme)) text.remove_prefix(secure_scheme.size());
    return text;
}

unsigned port_of(std::string_view whole, std::string_view digits) {
    const auto port = text::to_number(digits, 65'535);
    if (!port) refuse(whole, "the port must be a number from 0 to 65535");
    return static_cast<unsigned>(*port);
}

// A socket file that nobody answers on is a leftover; one that answers belongs to somebody.
void clear_stale(const Endpoint& endpoint, const Address& address) {
    struct stat found {};
    if (::lstat(endpoint.host.c_str(), &found) != 0) return;
    if (!S_ISSOCK(found.st_mode)) fail(endpoint, EEXIST);
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!probe) fail(endpoint, errno);
    if (::connect(probe.get(), address.raw(), address.size()) == 0 || errno == EAGAIN)
        fail(endpoint, EADDRINUSE);
    if (errno != ECONNREFUSED) fail(endpoint, errno);
    ::unlink(endpoint.host.c_str());
}

void set_option(const Endpoint& endpoint, int socket, int level, int option) {
    const int on = 1;
    if (::setsockopt(socket, level, option, &on, sizeof on) != 0) fail(endpoint, errno);
}

Endpoint endpoint_of(int socket) {
    const auto address = Address::local_of(socket);
    return {address.family(), address.host(), address.port(), address.is_loopback(), false};
}

// The strings of a list that sd-daemon has made, which are freed.
std::vector<std::string> take_strings(char** list) {
    std::vector<std::string> strings;
    for (char** each = list; each && *each; ++each) {
        const Handle<char, std::free> string(*each);
        strings.emplace_back(string.get());
    }
    std::free(list);
    return strings;
}

// sd_listen_fds_with_names(3) says "unknown" where there is no name.
std::string name_at(const std::vector<std::string>& names, int index) {
    const auto place = static_cast<std::size_t>(index);
    return place < names.size() && names[place] != "unknown" ? names[place] : "";
}

} // namespace

std::string Endpoint::text() const {
    const auto scheme = secure ? secure_scheme : std::string_view();
    switch (family) {
    case Family::unix_path: return fmt::format("{}{}{}", scheme, unix_scheme, host);
    case Family::ipv6: return fmt::format("{}[{}]:{}", scheme, host, port);
    case Family::ipv4: break;
    }
    return fmt::format("{}{}:{}", scheme, host, port);
}

Endpoint parse_endpoint(std::string_view text) {
    Endpoint endpoint;
    endpoint.secure = text.starts_with(secure_scheme);
    const auto place = without_scheme(text);
    if (place.starts_with(unix_scheme)) {
        endpoint.family = Endpoint::Family::unix_path;
        endpoint.host = place.substr(unix_scheme.size());
        endpoint.loopback = true;
        if (!endpoint.host.starts_with('/')) refuse(text, "the path must be absolute");
        if (endpoint.host.size() >= sizeof(sockaddr_un::sun_path)) refuse(text, "the path is too long");
        return endpoint;
    }
    const auto colon = place.rfind(':');
    if (colon == std::string_view::npos) refuse(text, "it must be HOST:PORT or unix:/PATH");
    auto host = place.substr(0, colon);
    endpoint.port = port_of(text, place.substr(colon + 1));
    if (host.starts_with('[') && host.ends_with(']')) {
        endpoint.family = Endpoint::Family::ipv6;
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        refuse(text, "an IPv6 address stands in brackets");
    }
    endpoint.host = text::same(host, "localhost") ? "127.0.0.1" : std::string(host);
    const auto address = Address::of(endpoint);
    if (!address) refuse(text, "the host must be an IPv4 address, an IPv6 address in brackets, or localhost");
    endpoint.loopback = address->is_loopback();
    return endpoint;
}

Listener listen(const Endpoint& endpoint, const SocketAccess& access) {
    const auto address = Address::of(endpoint);
    if (!address) fail(endpoint, EINVAL);
    const bool is_path = endpoint.family == Endpoint::Family::unix_path;
    if (is_path) clear_stale(endpoint, *address);
    Descriptor socket(::socket(address->raw()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) fail(endpoint, errno);
    if (!is_path) set_option(endpoint, socket.get(), SOL_SOCKET, SO_REUSEADDR);
    if (endpoint.family == Endpoint::Family::ipv6)
        set_option(endpoint, socket.get(), IPPROTO_IPV6, IPV6_V6ONLY);
    if (::bind(socket.get(), address->raw(), address->size()) != 0) fail(endpoint, errno);
    // Nobody can connect before listen(), so there is no moment with another mode.
    if (is_path) apply(access, endpoint.host);
    if (::listen(socket.get(), backlog) != 0) fail(endpoint, errno);
    auto real = endpoint;
    if (!is_path) real.port = Address::local_of(socket.get()).port();
    return {std::move(socket), std::move(real)};
}

std::vector<Listener> listen_on(std::string_view text, const SocketAccess& access) {
    std::vector<Listener> listeners;
    const auto first = parse_endpoint(text);
    listeners.push_back(listen(first, access));
    const auto place = without_scheme(text);
    if (!text::same(place.substr(0, place.rfind(':')), "localhost")) return listeners;
    const Endpoint other{Endpoint::Family::ipv6, "::1", listeners.front().endpoint.port, true, first.secure};
    if (Address::exists_here(other)) listeners.push_back(listen(other));
    return listeners;
}

std::vector<Listener> inherited() {
    char** raw = nullptr;
    const int count = ::sd_listen_fds_with_names(1, &raw);
    const auto names = take_strings(raw);
    if (count < 0) throw Error(Fault::invalid, "cannot read the inherited sockets of LISTEN_FDS");
    std::vector<Listener> listeners;
    for (int i = 0; i < count; ++i) {
        Descriptor socket(SD_LISTEN_FDS_START + i);
        if (::sd_is_socket(socket.get(), AF_UNSPEC, SOCK_STREAM, 1) <= 0)
            throw Error(
                Fault::invalid,
                fmt::format("the inherited descriptor {} is no listening stream socket", socket.get()));
        const int flags = ::fcntl(socket.get(), F_GETFL);
        if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0)
            throw Error(Fault::unavailable,
                        fmt::format("cannot set up the inherited descriptor {}", socket.get()));
        auto endpoint = endpoint_of(socket.get());
        auto name = name_at(names, i);
        endpoint.secure = name == secure_name;
        listeners.push_back({std::move(socket), std::move(endpoint), std::move(name)});
    }
    return listeners;
}

} // namespace http
