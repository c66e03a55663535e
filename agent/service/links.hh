#pragma once
// OCCI links, each by itself: the disks (storagelink) and the NICs (networkinterface) of computes.
//
// Threads: any. Looks at the snapshot only.

#include "agent/service/computes.hh"
#include "agent/service/node.hh"

#include <string>
#include <vector>

namespace service {

class Links {
public:
    Links(const Node& node, const Computes& computes) : node_(node), computes_(computes) {}

    // Of that kind; by the order of their computes.
    std::vector<std::string> list(const occi::Kind&, const auth::Principal&) const;
    occi::Link show(const occi::Kind&, const Uuid&, const auth::Principal&) const; // Error{not_found}

private:
    const Node& node_;
    const Computes& computes_;
};

} // namespace service
