#pragma once
// Who uses what: small questions that several services ask.

#include "agent/state/snapshot.hh"

#include <optional>
#include <vector>

namespace service {

// The id of a compute that has a NIC on the network, or is about to.
std::optional<Uuid> user_of_network(const state::Snapshot&, const Uuid& network);

// Whether it is in memory, as far as anybody knows.
bool is_in_memory(const hv::Machine&) noexcept;

// Those in memory with a NIC on the network.
std::vector<const hv::Machine*> machines_on(const state::Snapshot&, const Uuid& network);

// The storage that a disk is, or is a clone of; empty for a disk that is neither.
Uuid storage_of(const hv::Disk&);

// The id of a compute that has the storage, or a clone of it, or is about to.
std::optional<Uuid> user_of_image(const state::Snapshot&, const Uuid& image);

// The id of a compute that has the storage itself, or is about to.
std::optional<Uuid> user_of_storage(const state::Snapshot&, const Uuid& storage);

// The id of a compute whose own volume it is: one that goes with it.
std::optional<Uuid> user_of_volume(const state::Snapshot&, const Uuid& volume);

} // namespace service
