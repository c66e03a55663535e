#pragma once
// Listening sockets: made here from an address or a unix path, or inherited from systemd (LISTEN_FDS). Every server
// gets its sockets from here, whatever their kind.
//
// Threads: any; but call inherited() before there are others, as it takes its variables out of the environment.

#include "agent/base/handle.hh"
#include "agent/http/socket_access.hh"

#include <string>
#include <string_view>
#include <vector>

namespace http {

// Where to listen: "127.0.0.1:4567", "[::1]:4567", "localhost:4567" (here 127.0.0.1; listen_on() adds ::1),
// "unix:/run/occi-agent.sock"; with "https://" before it through TLS. Other host names are not looked up.
struct Endpoint {
    enum class Family { ipv4, ipv6, unix_path } family = Family::ipv4;
    std::string host; // address without brackets, or the path
    unsigned port = 0;
    bool loopback = false; // 127.0.0.0/8, ::1, unix
    bool secure = false;   // TLS
    std::string text() const;
};
// Throws Error{invalid} that quotes `text` and says what is wrong with it.
Endpoint parse_endpoint(std::string_view text);

struct Listener {
    Descriptor socket;
    Endpoint endpoint;  // with the real port when 0 was asked
    std::string name{}; // of an inherited one: LISTEN_FDNAMES; empty when it has none
};
// SO_REUSEADDR, never SO_REUSEPORT; backlog 4096; IPV6_V6ONLY; unix: a stale socket file is replaced (only when nobody
// answers on it). Throws Error{unavailable}: "cannot listen on 127.0.0.1:4567: address already in use".
// The socket file of a unix listener stays when it is closed; the next listen() replaces it.
Listener listen(const Endpoint&, const SocketAccess& = {});

// All the sockets that `text` asks for: for "localhost:4567" both loopbacks, as far as the host has them, on one port.
std::vector<Listener> listen_on(std::string_view text, const SocketAccess& = {});

// The sockets of the socket-activation protocol (sd_listen_fds(3)), taken once; empty when there are none. One of the
// name "https" is for TLS. Refuses (Error{invalid})
// a descriptor that is no listening stream socket.
std::vector<Listener> inherited();

} // namespace http
