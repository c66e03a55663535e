#pragma once
// What is so on this host, whoever drives its machines. What holds for every verb (threads, errors) stands in host.hh.

#include "agent/base/ipv4.hh"

#include <string>
#include <vector>

namespace hv {

// Some addresses that the host sends somewhere already, with a name for messages: {"10.1.0.0/24", "route of eth0"}.
struct Route {
    Ipv4Block block;
    std::string name;
};

class HostFacts {
public:
    virtual ~HostFacts() = default;
    // A MAC address that suits a machine here; the caller checks that it is free on the host.
    virtual std::string propose_mac() = 0;
    // The routes and interface addresses of the host.
    virtual std::vector<Route> routes() = 0;
    // Whether the host has a bridge device of that name.
    virtual bool has_bridge(const std::string& device) = 0;
};

} // namespace hv
