#pragma once
// Who uses what: small questions that several services ask.

#include "agent/state/snapshot.hh"

#include <optional>

namespace service {

// The id of a compute that has a NIC on the network, or is about to.
std::optional<Uuid> user_of_network(const state::Snapshot&, const Uuid& network);

// The id of a compute with a clone of the image, or about to make one.
std::optional<Uuid> user_of_image(const state::Snapshot&, const Uuid& image);

// The id of a compute whose own volume it is.
std::optional<Uuid> user_of_volume(const state::Snapshot&, const Uuid& volume);

} // namespace service
