#pragma once
// What happened on the host, numbered, on disk: so that an orchestrator that was away, or an agent that was killed,
// misses nothing. Bounded: the oldest go after a week or when there are more than a hundred thousand.
//
// Threads: any. Throws Error{unavailable} when the disk does not take it.

#include "agent/base/guarded.hh"
#include "agent/base/ownership.hh"
#include "agent/state/database.hh"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace state {

struct Event {
    std::uint64_t number = 0; // without a gap as long as none was removed
    Time at{};
    std::string subject; // "compute", "storage", "network", "operation", "agent"
    std::string id;      // of the subject; empty for the agent
    std::string owner;   // who may see it; empty: administrators
    std::string what;    // "created", "started", "stopped", "crashed", "deleted", ...
    std::string detail;  // why
    std::string group{}; // whose else may see it
    Share share{};

    void be_of(const Ownership& of) {
        owner = of.owner;
        group = of.group;
        share = of.share;
    }
};

class EventLog {
public:
    explicit EventLog(Database&);

    // Gives them their numbers and, where it is not set, the time. All of them or none.
    void record(std::vector<Event>);
    // The same for what must not fail because of that: what cannot be written is logged.
    void record_quietly(std::vector<Event>) noexcept;

    struct Page {
        std::vector<Event> events; // those after `since`, the oldest first
        std::uint64_t last = 0;    // go on from here; beyond the last event when others' were left out
        std::uint64_t first = 0;   // the oldest that is kept
        bool missed = false;       // some after `since` are no longer kept
    };
    Page after(std::uint64_t since, std::size_t most, const Reach&);
    std::uint64_t last() const; // without asking the disk

    // Calls `stirred` once, when an event after `since` is there; perhaps at once. The number takes it back.
    std::uint64_t call_once(std::uint64_t since, std::function<void()> stirred);
    void forget(std::uint64_t call);

private:
    struct Waiting {
        std::uint64_t last_event = 0, last_call = 0;
        std::map<std::uint64_t, std::function<void()>> calls;
    };
    void stir(std::uint64_t last);

    Database& database_;
    Guarded<Waiting> waiting_;
};

} // namespace state
