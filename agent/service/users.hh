#pragma once
// Who uses what, and quiet undoing: small questions that several services ask.

#include "agent/base/log.hh"
#include "agent/state/snapshot.hh"

#include <optional>
#include <string>

namespace service {

// The id of a compute that has a NIC on the network, or is about to.
std::optional<Uuid> user_of_network(const state::Snapshot&, const Uuid& network);

// The id of a compute with a clone of the image, or about to make one.
std::optional<Uuid> user_of_image(const state::Snapshot&, const Uuid& image);

// The id of a compute whose own volume it is.
std::optional<Uuid> user_of_volume(const state::Snapshot&, const Uuid& volume);

// Runs an undo whose failure must not hide the first one.
template <class F> void remove_quietly(F&& undo, const std::string& what) noexcept try {
    undo();
} catch (const std::exception& failure) {
    logging::warning("cannot take back {}: {}", what, failure.what());
}

} // namespace service
