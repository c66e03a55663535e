#pragma once
// What is under way, in the order it was asked for, and which of it may go on now.
//
// An operation waits while an earlier one is left on its target, or on what its work comes after; one that waits and is
// cancelled stands in nobody's way. One that is asked for at once does not wait for what is cancelled and gives way.
//
// Costs: a change looks at the operations on the same target and at those that wait for that target, and at no others;
// to say which may go on looks at none. So what waits elsewhere makes nothing slower.
//
// Threads: one at a time; Operations has a lock around it.

#include "agent/state/work.hh"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace state {

class Running;

// An operation that has not ended.
struct Live {
    using Steady = std::chrono::steady_clock;

    std::uint64_t place; // in the order
    Operation operation; // as last told; the thread that runs it has its own
    const OperationKind* kind;
    Work work;
    std::stop_source stop{};
    bool planned = false; // the journal has it
    bool running = false;
    bool cancelled = false, beyond = false; // the point of no return
    // Waits to be tried again, until then or until it is cancelled; no thread has it.
    std::optional<Steady::time_point> rests_until{};
    bool rests_cancelled = false; // was so before it came to rest
    std::shared_ptr<Running> way{};
    bool settled = false; // all that it changes is changed and shown; only its end is not written down yet
    std::string cancelled_by{};
    std::map<std::uint64_t, std::function<void()>> calls{}; // to be made when it has ended, by their numbers
};

class Queue {
public:
    using Weight = OperationKind::Weight;
    using Steady = Live::Steady;

    // Its place is behind all others. It does not go on before it is planned.
    Live& enter(Operation, const OperationKind&, Work);
    void plan(Live&);

    // The earliest of that weight that may go on; nullptr: none.
    Live* first(Weight);
    // When the next one of that weight that rests may go on, unless first() has one.
    std::optional<Steady::time_point> next_due(Weight) const;

    // A thread has it from now on, until it rests or leaves.
    void begin(Live&);
    void rest(Live&, Steady::time_point until);
    void cancel(Live&);
    // Takes it out. Its owner lets go of it outside of any lock, since what its work holds may want another one.
    std::list<Live> leave(Live&);

    Live* find(const std::string& id);
    const Live* find(const std::string& id) const;
    // In their order.
    const std::vector<Live*>& on(const Uuid& target) const;
    const std::list<Live>& all() const { return all_; }
    std::list<Live>& all() { return all_; }
    // Whether an earlier one is running on its target.
    bool runs_beside_earlier(const Live&) const;

    // At how many operations it has looked so far in order to choose: what tests measure.
    std::uint64_t looks() const { return looks_; }

private:
    struct Target {
        std::vector<Live*> on;    // in order
        std::set<Live*> awaiting; // on other targets, and come after what is here
    };
    struct Crowd {                            // of one weight
        std::map<std::uint64_t, Live*> ready; // by place
        std::map<std::pair<Steady::time_point, std::uint64_t>, Live*> resting;
    };

    Crowd& crowd_of(const Live& live) { return crowds_.at(static_cast<std::size_t>(live.kind->weight)); }
    bool stands_in_the_way(const Live& earlier, const Live& live) const;
    bool is_blocked_on(const Uuid& target, const Live&) const;
    bool is_blocked(const Live&) const;
    bool may_go_on(const Live&) const;
    void judge(Live&);
    void judge_all_that_wait_for(const Uuid& target);
    void wake(Live&);

    std::list<Live> all_;
    std::uint64_t last_place_ = 0;
    std::map<std::string, std::list<Live>::iterator, std::less<>> by_id_;
    std::map<Uuid, Target, std::less<>> targets_;
    std::array<Crowd, OperationKind::weights> crowds_;
    mutable std::uint64_t looks_ = 0;
};

} // namespace state
