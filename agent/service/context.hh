#pragma once
// What every service works with: the hypervisor, what is known of it, what is under way, and what the operator settled.
// Made once by Agent.
//
// Threads: the parts look after themselves; settings never change.

#include "agent/occi/model.hh"
#include "agent/service/claims.hh"
#include "agent/service/notices.hh"
#include "agent/service/settings.hh"
#include "agent/state/inventory.hh"
#include "agent/state/operations.hh"
#include "drivers/contract/host.hh"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace service {

struct Context {
    hv::Host& host;
    state::Database& database;
    state::Inventory& inventory;
    state::Operations& operations;
    state::EventLog& events;
    const occi::Model& model;
    Settings settings;
    Claims claims{};
    Notices notices{};
    // What the last run left is taken up, and what a new one needs is asked for: until then a start is not over.
    std::atomic<bool> has_begun{false};
    const std::chrono::steady_clock::time_point born = std::chrono::steady_clock::now();
};

// Why the snapshot is not what the hypervisor has now: it does not answer, or does not tell everything. Empty: it is.
std::string why_unseen(const state::Snapshot&);

// The newest snapshot. Throws Error{unavailable} while the hypervisor has never been listed: until then nothing may be
// called missing.
std::shared_ptr<const state::Snapshot> look(const Context&);

// Throws Error{unavailable} while the pool is another agent's: then nothing is changed here.
void refuse_foreign_pool(const state::Snapshot&);

// The same for something that is to be made: throws also while the hypervisor does not answer, or while nothing may
// be changed in the store.
std::shared_ptr<const state::Snapshot> look_connected(const Context&);

// Of a record that was `then` when the agent started: whether no operation goes on with it. An operation that was
// taken up again and has ended since has changed the record before it let go of it, which is why the record is looked
// at last.
template <class T>
bool is_left_over(const Context& context, const state::Table<T> state::Snapshot::*table, const Uuid& id,
                  const T& then) {
    if (context.operations.holder(id)) return false;
    const auto seen = context.inventory.now();
    const auto* now = state::find((*seen).*table, id);
    return now && now->phase == then.phase;
}

} // namespace service
