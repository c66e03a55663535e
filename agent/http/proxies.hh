#pragma once
// What the operator says of the proxies in front of a server: which peers are such, and by which address clients know
// it.
//
// Threads: values.

#include "agent/http/network.hh"

#include <string>
#include <string_view>
#include <vector>

namespace http {

struct Proxies {
    std::vector<Network> trusted; // whose word on their own clients counts (forwarded.hh)
    std::string public_url;       // "https://cloud.example:8443"; empty: as each client says
    bool operator==(const Proxies&) const = default;
};

// Whether this is http:// or https://, a host, and a port or none. No path: a proxy that adds one would have to take it
// out of requests, and nobody could put it into the documents of OCCI.
bool is_public_url(std::string_view) noexcept;

} // namespace http
