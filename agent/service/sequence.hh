#pragma once
// In which order entities are shown, whoever asks and in whichever rendering: those of ours as they were made, and
// behind them those of others by their ids, since nobody knows since when they are there. So a client that acts on the
// first one of a collection gets one that it may act on.
//
// Threads: a value, of one thread.

#include "agent/base/uuid.hh"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace service {

// Keeps no ids of its own: what it was given stays for as long as it does.
class Sequence {
public:
    explicit Sequence(std::size_t expected) { all_.reserve(expected); }

    void add(const Uuid& id, std::uint64_t place) { all_.emplace_back(place, &id); }
    void add_of_others(const Uuid& id) { add(id, std::numeric_limits<std::uint64_t>::max()); }

    // Two that were there before places were given have the same.
    std::vector<std::string> ids() {
        std::ranges::sort(all_, [](const Entry& one, const Entry& other) {
            return one.first != other.first ? one.first < other.first : *one.second < *other.second;
        });
        std::vector<std::string> ids;
        ids.reserve(all_.size());
        for (const auto& [place, id] : all_) ids.push_back(*id);
        return ids;
    }

private:
    using Entry = std::pair<std::uint64_t, const Uuid*>;
    std::vector<Entry> all_;
};

} // namespace service
