#pragma once
// Several clients at a time ask for everything that can be asked of a few computes, as a seed decides, and what they
// are told is checked against the model of a compute's life (machine_history). The same seed asks the same; what
// overlaps with what is chance.
//
// Threads: one owner; next() has threads of its own.

#include "tests/support/client.hh"
#include "tests/support/machine_history.hh"

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace support {

class RandomLife {
public:
    struct Slot {
        std::string id;     // of the compute that comes and goes there: a UUID
        std::string disk;   // its first one: <DISK image="..."/>
        std::string nics{}; // <NICS/>
        bool deaf = false;  // its guest lets no disk go
    };
    RandomLife(const Client& client, std::vector<Slot> slots, std::uint64_t seed, unsigned clients = 5);

    // So many rounds, in each of which every client asks for one thing. Then waits until nothing is under way, and
    // explains what was seen. What is wrong, in sentences; empty: nothing. `meanwhile` is called until nothing is under
    // way, with the number of requests that were sent so far.
    std::vector<std::string> next(unsigned rounds,
                                  const std::function<void(std::uint64_t sent)>& meanwhile = {});

    const std::vector<Slot>& slots() const noexcept { return slots_; }
    std::set<Compute> states_of(std::size_t slot) const { return ends_.at(slot); } // that it may be in now
    std::uint64_t requests() const noexcept { return requests_; }                  // so far
    std::string told() const; // what was seen so far, in one line

private:
    struct Step {
        Act act = Act::look;
        std::size_t slot = 0;
        std::string title{};
        std::vector<unsigned> swaps{};
        bool waits = false; // for the end of what it began, before the next one
    };
    class Crowd;

    Step choose();
    std::vector<std::string> explain(std::size_t slot, const History&);

    const Client& client_;
    const std::vector<Slot> slots_;
    const unsigned clients_;
    std::mt19937_64 random_;
    std::size_t crowded_ = 0; // the slot that most ask of in this round
    std::uint64_t titles_ = 0, newest_ = 0, requests_ = 0;
    std::vector<std::set<Compute>> ends_; // in which states each slot may be
    std::map<std::string, std::uint64_t> counts_;
};

} // namespace support
