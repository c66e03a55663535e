#pragma once
// What every service works with: the hypervisor, what is known of it, what is under way, and what the operator settled. Made
// once by Parts.
//
// Threads: the parts look after themselves; settings never change.

#include "agent/occi/model.hh"
#include "agent/service/claims.hh"
#include "agent/state/inventory.hh"
#include "agent/state/operations.hh"
#include "drivers/driver.hh"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace service {

struct Settings {
    std::vector<std::filesystem::path> import_from; // directories below which an image's URL may point
    std::string default_network = "auto";           // auto, none, or the hypervisor's name of one
    std::chrono::milliseconds stop_time{60'000};    // a graceful stop becomes a forced one after this
    std::chrono::milliseconds press_again{10'000};  // between two presses of the power button
    std::chrono::milliseconds unplug_time{10'000};  // a running guest has so long to let go of a disk
    std::chrono::milliseconds retry_pause{1'000};   // before a step is tried again
};

struct Node {
    hv::Host& host;
    state::Database& database;
    state::Inventory& inventory;
    state::Operations& operations;
    state::EventLog& events;
    const occi::Model& model;
    Settings settings;
    Claims claims{};
};

// The newest snapshot. Throws Error{unavailable} while the hypervisor has never been listed: until then nothing may be called missing.
std::shared_ptr<const state::Snapshot> look(const Node&);

// The same for what is to be made: also while the hypervisor does not answer now.
std::shared_ptr<const state::Snapshot> look_connected(const Node&);

} // namespace service
