#pragma once
// What the kernel of this host says of it, as hv::HostFacts.
//
// Threads: any.

#include "drivers/contract/facts.hh"

namespace hv::host {

class Facts : public HostFacts {
public:
    std::string propose_mac() override;
    std::vector<Route> routes() override;
    bool has_bridge(const std::string& device) override;
};

} // namespace hv::host
