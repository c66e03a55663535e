#pragma once
// What was proven a short while ago: a keyed hash of what was shown, to the verdict. The key is made at the start of
// the process and never leaves it.
//
// Threads: one at a time.

#include "agent/auth/way.hh"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace auth {

using ProofKey = std::array<unsigned char, 32>;

// Of what the way looks at; `way`: a number for the way, as one may be shown what was meant for another.
ProofKey key_of(const Shown&, std::size_t way);

struct HashOfKey {
    std::size_t operator()(const ProofKey&) const noexcept;
};

class Proven {
public:
    static constexpr std::size_t most = 4096;
    static constexpr std::chrono::seconds longest{
        60}; // whatever a way says, and whatever is done to the clock

    // nullptr: it is not known, or does not hold any more. Valid until the next call.
    const Principal* find(const ProofKey&, std::uint64_t generation);
    void put(const ProofKey&, const Verdict&, std::uint64_t generation);
    void clear() noexcept { known_.clear(); }

private:
    struct Entry {
        Principal who;
        std::chrono::system_clock::time_point holds_until;
        std::uint64_t generation;
        std::chrono::steady_clock::time_point since;

        bool holds() const noexcept;
    };
    void make_room();

    std::unordered_map<ProofKey, Entry, HashOfKey> known_;
};

} // namespace auth
