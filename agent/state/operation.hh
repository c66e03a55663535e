#pragma once
// A change under way, or one that has ended: what the journal keeps of it and what a client is shown.
//
// Threads: a value.

#include "agent/base/error.hh"
#include "agent/base/ownership.hh"
#include "agent/base/uuid.hh"
#include "agent/state/statement.hh"

#include <cstdint>
#include <string>
#include <string_view>

namespace state {

enum class Stage {
    waiting, // for what was asked of its target before
    running,
    undoing, // it failed or was cancelled, and what it made is being taken back
    done,
    failed,   // nothing of it is left
    cancelled // the same
};

constexpr bool has_ended(Stage stage) noexcept {
    return stage == Stage::done || stage == Stage::failed || stage == Stage::cancelled;
}
std::string_view to_text(Stage) noexcept; // "waiting"

struct Operation {
    std::string id;           // a UUID
    std::uint64_t number = 0; // in the order in which those on one target are done
    std::string kind;         // "create compute"
    std::string subject;      // what the target is: "compute", "storage", "network"
    Uuid target;
    std::string owner; // who asked for it
    std::string group; // of whom
    std::string plan; // all that its kind needs to go on after a crash. Never shown, and forgotten at its end
    std::string key;  // the client's Idempotency-Key, with whom it belongs to; or empty
    Stage stage = Stage::waiting;
    unsigned step = 0, steps = 0;  // so many of them are done
    std::string step_name;         // the one under way
    unsigned percent = 0;          // of all of it
    std::string message;           // what it waits for, or why it failed
    Fault fault = Fault::internal; // of the failure
    Time planned{}, started{}, ended{};
};

// Valid as long as the operation.
inline Ownership whose(const Operation& operation) noexcept { return {operation.owner, operation.group}; }

} // namespace state
