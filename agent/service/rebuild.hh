#pragma once
// Finds what the hypervisor shows and the store does not know, after the store was lost or a part of it could not be
// read: storages and networks get their names and owners back from the notes beside the volumes, and users their
// mixins.
//
// Threads: one, at the start, after the first full listing.

#include "agent/service/context.hh"
#include "agent/state/keepsakes.hh"

#include <cstddef>

namespace service {

class Rebuilding {
public:
    Rebuilding(Context&, state::Kept);

    // Before the networks that have no record get one without a name.
    void name_networks();
    // When the operations that were under way are known. Volumes that belong to a machine, or that anybody uses, become
    // no storages; one that nothing is known of is shown without owner and name.
    void take_over_storages();
    // Log and, when the store was lost, health.
    void tell() const;

private:
    Context& context_;
    const state::Kept kept_;
    const std::size_t computes_before_, networks_before_;
    std::size_t named_ = 0, nameless_ = 0; // storages
};

} // namespace service
