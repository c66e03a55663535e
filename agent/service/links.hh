#pragma once
// OCCI links, each by itself: the disks (storagelink) and the NICs (networkinterface) of computes.
//
// Threads: any. Looks at the snapshot only; keeps which compute has which link for as long as that is the newest one.

#include "agent/base/guarded.hh"
#include "agent/service/computes.hh"
#include "agent/service/node.hh"

#include <map>
#include <memory>
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
    using Owners = std::map<Uuid, Uuid>; // the compute of each link
    std::shared_ptr<const Owners> owners_in(const std::shared_ptr<const state::Snapshot>&) const;

    const Node& node_;
    const Computes& computes_;
    struct Found {
        std::weak_ptr<const state::Snapshot> in; // keeps none alive
        std::shared_ptr<const Owners> owners;
    };
    mutable Guarded<Found> found_;
};

} // namespace service
