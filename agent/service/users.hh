#pragma once
// Who uses what: small questions that several services ask.

#include "agent/state/snapshot.hh"

#include <optional>

namespace service {

// The id of a compute that has a NIC on the network, or is about to.
std::optional<Uuid> user_of_network(const state::Snapshot&, const Uuid& network);

// The storage that a disk is, or is a clone of; empty for a disk that is neither.
Uuid storage_of(const hv::Disk&);

// The id of a compute that has the storage, or a clone of it, or is about to.
std::optional<Uuid> user_of_image(const state::Snapshot&, const Uuid& image);

// The id of a compute that has the storage itself, or is about to.
std::optional<Uuid> user_of_storage(const state::Snapshot&, const Uuid& storage);

// The id of a compute whose own volume it is: one that goes with it.
std::optional<Uuid> user_of_volume(const state::Snapshot&, const Uuid& volume);

} // namespace service
