#pragma once
// What clients asked of one compute and what they were told, and what that means: a small model of a compute's life, as
// the README promises it, in which every answer and every result of an operation must have its place.
//
// Threads: values.

#include "tests/support/explain.hh"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace support {

enum class Act {
    create,
    remove,
    start,
    shut_down,
    press_button,
    force_off,
    suspend,
    save,
    rename,
    change_disks,
    look
};

// How it is written in a PUT, and how the agent calls the operation; empty where there is none.
std::string_view state_word(Act) noexcept;     // "SHUTDOWN"
std::string_view operation_kind(Act) noexcept; // "stop compute"

using Swaps = std::map<std::string, unsigned>; // the disks beside the first one: target, MB

// One request and its answer. Times are of one clock, and of the client.
struct Asked {
    Act act = Act::look;
    std::int64_t sent = 0, answered = 0;
    std::string title{};           // create, rename
    std::vector<unsigned> swaps{}; // change_disks: what it is to have, in MB, each once
    int status = 0;                // 0: the connection broke before there was an answer
    std::string said{};            // by a refusal
    std::string operation{};       // by a 202: its id
    struct Shown {
        std::string state, title;
        Swaps swaps;
        bool current = true; // not something seen earlier, while the hypervisor does not answer
    } shown{};               // look
};

// One operation, as the agent tells of it when it has ended.
struct Ended {
    std::string id, kind, state, message;
    std::uint64_t number = 0;
    std::int64_t seen = 0; // when a client knew that it had ended
    bool of_a_client = true;
};

struct Compute {
    enum class Life { none, coming, failed, leaving, off, running, paused, saved, crashed } life = Life::none;
    std::string title{};
    std::optional<Swaps> disks{Swaps{}}; // nullopt: nobody can tell
    struct Change {
        Swaps more, less;
        auto operator<=>(const Change&) const = default;
    };
    std::map<std::uint64_t, std::optional<Change>> planned{}; // by the number of the operation
    bool pressed = false; // the power button, and nobody waits any more for what comes of it
    // It was asked to let go of a disk, has not, and still may; then the disk is back at the next start. Until it has
    // been off nobody knows its disks.
    bool lets_go = false;
    auto operator<=>(const Compute&) const = default;
};
std::string describe(const Compute&);

// With the disks that were shown while nothing was under way, when they were not known.
Compute learned(Compute, const Asked::Shown&);

// What a compute may do by itself.
std::set<Compute> drift(const Compute&);

struct History {
    std::vector<Asked> asked;
    std::vector<Ended> ended; // of this compute, and in this time, all of them
};

// For the search. `wrong` gets what is wrong in any order: an answer that is none, an operation that was accepted and
// is not there, one that was cancelled by nobody.
std::vector<Happening<Compute>> happenings(const History&, std::vector<std::string>& wrong);

} // namespace support
