#pragma once
// Whether some order explains what was seen of one thing that several changed at a time (Wing and Gong's search): one
// in which each happening has its place between its beginning and its end, in which those that the system itself has
// numbered come in the order of their numbers, but for those that may overtake, and in which each may happen in the
// state that the ones before it have led to.
//
// Threads: values.

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace support {

template <class State> struct Happening {
    std::int64_t begin = 0,
                 end = 0; // when somebody asked for it and when somebody saw that it was over, on one clock
    std::uint64_t number = 0; // in the system's own order; 0: it does not say
    bool looks_only = false;  // changes nothing: it leads to the same state or to none
    // The states that it may lead to; none: it cannot have happened in this one.
    std::function<std::set<State>(const State&)> leads_to{};
    std::string text{}; // for the person who has to find out why there is no such order
    // Numbers of later ones that may have come before it all the same.
    std::vector<std::uint64_t> overtakers{};
};

template <class State> struct Explanation {
    std::set<State> ends; // the states that it may have ended in; empty: no order explains it
    // Of an order that explains the most: all of it, the state that it leads to, and what cannot come next there.
    std::vector<std::string> longest{}, stuck_at{};
    State at{};
};

template <class State> class Explainer {
public:
    // `drift`: states that the thing may go to by itself at any time.
    explicit Explainer(std::vector<Happening<State>> history,
                       std::function<std::set<State>(const State&)> drift = {})
        : history_(std::move(history)), drift_(std::move(drift)) {
        if (history_.size() > most)
            throw std::invalid_argument(std::to_string(history_.size()) +
                                        " happenings are too many to explain");
        std::ranges::stable_sort(history_, {}, &Happening<State>::begin);
    }

    Explanation<State> explain(const std::set<State>& begins) {
        for (const auto& state : begins) reach({}, state, nullptr, 0);
        Explanation<State> result;
        const Entry* furthest = nullptr;
        while (!open_.empty()) {
            const auto* entry = open_.back();
            open_.pop_back();
            if (!furthest || entry->first.done.count() > furthest->first.done.count()) furthest = entry;
            if (entry->first.done.count() == history_.size()) result.ends.insert(entry->first.state);
            go_on(*entry);
        }
        if (result.ends.empty() && furthest) tell(*furthest, result);
        return result;
    }

private:
    static constexpr std::size_t most = 256, word = 64;

    // A bit for each happening.
    struct Done {
        std::array<std::uint64_t, most / word> words{};
        bool operator[](std::size_t index) const { return (words[index / word] >> index % word & 1) != 0; }
        Done with(std::size_t index) const {
            auto more = *this;
            more.words[index / word] |= std::uint64_t{1} << index % word;
            return more;
        }
        std::size_t count() const {
            std::size_t all = 0;
            for (const auto each : words) all += static_cast<std::size_t>(std::popcount(each));
            return all;
        }
        auto operator<=>(const Done&) const = default;
    };

    struct Node {
        Done done;
        State state;
        auto operator<=>(const Node&) const = default;
    };
    struct Way {
        const std::pair<const Node, Way>* from; // nullptr: a beginning
        std::size_t by;                         // history_.size(): by itself
    };
    using Entry = std::pair<const Node, Way>;

    void reach(Done done, const State& state, const Entry* from, std::size_t by) {
        const auto [place, is_new] = seen_.try_emplace(Node{done, state}, Way{from, by});
        if (is_new) open_.push_back(&*place);
    }

    // What only looks, and fits, is taken at once: where a later place fits, this one does as well, and nothing else is
    // held up.
    void go_on(const Entry& entry) {
        const auto& [done, state] = entry.first;
        const auto next = candidates(done);
        for (const auto index : next)
            if (history_[index].looks_only && !history_[index].leads_to(state).empty())
                return reach(done.with(index), state, &entry, index);
        for (const auto index : next)
            if (!history_[index].looks_only)
                for (const auto& to : history_[index].leads_to(state))
                    reach(done.with(index), to, &entry, index);
        if (drift_)
            for (const auto& to : drift_(state)) reach(done, to, &entry, history_.size());
    }

    static bool stands_before(const Happening<State>& one, const Happening<State>& other) {
        if (one.end < other.begin) return true;
        return one.number != 0 && other.number != 0 && one.number < other.number &&
               std::ranges::find(one.overtakers, other.number) == one.overtakers.end();
    }

    // What may come next: nothing that has not happened yet must come before it.
    std::vector<std::size_t> candidates(const Done& done) const {
        std::vector<std::size_t> all;
        for (std::size_t index = 0; index < history_.size(); ++index) {
            if (done[index]) continue;
            bool first = true;
            for (std::size_t other = 0; first && other < history_.size(); ++other)
                first = other == index || done[other] || !stands_before(history_[other], history_[index]);
            if (first) all.push_back(index);
        }
        return all;
    }

    void tell(const Entry& furthest, Explanation<State>& result) const {
        for (const auto* entry = &furthest; entry->second.from; entry = entry->second.from)
            result.longest.push_back(entry->second.by == history_.size() ? "by itself"
                                                                         : history_[entry->second.by].text);
        std::ranges::reverse(result.longest);
        for (const auto index : candidates(furthest.first.done))
            result.stuck_at.push_back(history_[index].text);
        result.at = furthest.first.state;
    }

    std::vector<Happening<State>> history_;
    std::function<std::set<State>(const State&)> drift_;
    std::map<Node, Way> seen_;
    std::vector<const Entry*> open_;
};

} // namespace support
