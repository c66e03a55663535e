#pragma once
// Who is at the other end of a connection, by what the kernel says of it.
//
// Threads: a value.

#include "agent/http/address.hh"
#include "agent/http/types.hh"

#include <memory>
#include <string>

namespace http {

struct Caller {
    std::string peer;      // Address::text()
    std::string source;    // Address::source(), of a unix socket with the user: "unix:1000"
    bool is_local = false; // through loopback or a unix socket
    std::unique_ptr<const PeerProcess> process; // of a unix socket; there may be thousands of others
};

// Of an accepted socket. `address`: as accept(2) has told it.
Caller caller_of(int socket, const Address& address);

} // namespace http
