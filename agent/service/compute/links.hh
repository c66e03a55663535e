#pragma once
// OCCI links, each by itself: the disks (storagelink) and the NICs (networkinterface) of computes. To make or remove
// one is to plug it in or to pull it out.
//
// Threads: any. Reads look at the snapshot only, and keep which compute has which link for as long as that is the
// newest one; changes are operations on the compute's own queue.

#include "agent/base/guarded.hh"
#include "agent/service/compute/computes.hh"
#include "agent/service/context.hh"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace service {

class Links {
public:
    Links(const Context& context, Computes& computes) : context_(context), computes_(computes) {}

    // The links of that kind, in the order of their computes.
    std::vector<std::string> list(const occi::Kind&, const auth::Principal&) const;
    occi::Link show(const occi::Kind&, const Uuid&, const auth::Principal&) const; // Error{not_found}

    // Makes a link between the compute that is its source and the storage or network that is its target. The link is
    // there when the operation is done, and nothing of it when that fails. Error{invalid}: an end that leads to
    // neither; the rest as for Computes::plan_link.
    Made create(const occi::Link&, const Terms&);
    // Several, each beside those before it: worked out, so that what is wrong with one is told before the first is
    // made; and begun by create(). What they have chosen nobody else can, for as long as they are kept.
    struct Planned {
        Uuid compute;
        PlannedChange change;
    };
    std::vector<Planned> plan(const std::vector<occi::Link>&, const auth::Principal&) const;
    Made create(const Planned&, const Terms&);
    // Another title is all that can be changed of one; nullopt: it has it already. Error{conflict}: anything else.
    std::optional<state::Operation> update(const Uuid&, const occi::Resource& wanted, const Terms&);
    // When the guest does not let go, the operation fails with Error{conflict} and the link stays. Error{not_found};
    // the rest as for Computes::detach.
    // Whether the link is one of a compute of ours. Error{not_found}; Error{forbidden, busy, ...} names what is in
    // the way now. Changes nothing.
    bool may_remove(const occi::Kind&, const Uuid&, const auth::Principal&) const;
    state::Operation remove(const occi::Kind&, const Uuid&, const Terms&);
    // The link that the operation has made, or was to make; empty for an operation that makes none.
    static Uuid made_by(const state::Operation&);

private:
    // The compute that a link is to begin at, which is there. Error{invalid}
    Uuid source_of(const occi::Link& wanted, const auth::Principal&) const;
    Planned plan_one(const occi::Link&, const auth::Principal&) const;
    Uuid compute_of(const occi::Kind&, const Uuid& link, const auth::Principal&) const; // Error{not_found}
    using Owners = std::map<Uuid, Uuid>; // the compute of each link
    std::shared_ptr<const Owners> owners_in(const std::shared_ptr<const state::Snapshot>&) const;

    const Context& context_;
    Computes& computes_;
    struct Found {
        std::weak_ptr<const state::Snapshot> in; // keeps none alive
        std::shared_ptr<const Owners> owners;
    };
    mutable Guarded<Found> found_;
};

} // namespace service
