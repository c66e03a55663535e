#include "agent/state/queue.hh"

#include <algorithm>
#include <utility>

namespace state {

Live& Queue::enter(Operation operation, const OperationKind& kind, Work work) {
    all_.push_back({++last_place_, std::move(operation), &kind, std::move(work)});
    auto& live = all_.back();
    by_id_[live.operation.id] = std::prev(all_.end());
    targets_[live.operation.target].on.push_back(&live);
    for (const auto& target : live.work.after) targets_[target].awaiting.insert(&live);
    return live;
}

void Queue::plan(Live& live) {
    live.planned = true;
    judge(live);
}

Live* Queue::first(Weight weight) {
    auto& crowd = crowds_.at(static_cast<std::size_t>(weight));
    const auto now = Steady::now();
    while (!crowd.resting.empty() && crowd.resting.begin()->first.first <= now) {
        auto* rested = crowd.resting.begin()->second;
        crowd.ready[rested->place] = rested;
        crowd.resting.erase(crowd.resting.begin());
    }
    return crowd.ready.empty() ? nullptr : crowd.ready.begin()->second;
}

std::optional<Live::Steady::time_point> Queue::next_due(Weight weight) const {
    const auto& resting = crowds_.at(static_cast<std::size_t>(weight)).resting;
    if (resting.empty()) return std::nullopt;
    return resting.begin()->first.first;
}

void Queue::begin(Live& live) {
    wake(live);
    live.running = true;
    crowd_of(live).ready.erase(live.place);
    judge_all_that_wait_for(
        live.operation.target); // one that is cancelled stands in the way again while it runs
}

void Queue::rest(Live& live, Steady::time_point until) {
    live.rests_until = until;
    live.rests_cancelled = live.cancelled;
    crowd_of(live).resting[{until, live.place}] = &live;
}

void Queue::wake(Live& live) {
    if (!live.rests_until) return;
    crowd_of(live).resting.erase({*live.rests_until, live.place});
    live.rests_until.reset();
}

void Queue::cancel(Live& live) {
    live.cancelled = true;
    judge_all_that_wait_for(live.operation.target);
}

std::list<Live> Queue::leave(Live& live) {
    wake(live);
    crowd_of(live).ready.erase(live.place);
    for (const auto& target : live.work.after) targets_[target].awaiting.erase(&live);
    std::erase(targets_[live.operation.target].on, &live);
    judge_all_that_wait_for(live.operation.target);

    auto gone_from = live.work.after;
    gone_from.push_back(live.operation.target);
    for (const auto& target : gone_from)
        if (const auto found = targets_.find(target);
            found != targets_.end() && found->second.on.empty() && found->second.awaiting.empty())
            targets_.erase(found);

    std::list<Live> gone;
    const auto found = by_id_.find(live.operation.id);
    gone.splice(gone.end(), all_, found->second);
    by_id_.erase(found);
    return gone;
}

Live* Queue::find(const std::string& id) {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &*found->second;
}

const Live* Queue::find(const std::string& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &*found->second;
}

const std::vector<Live*>& Queue::on(const Uuid& target) const {
    static const std::vector<Live*> none;
    const auto found = targets_.find(target);
    return found == targets_.end() ? none : found->second.on;
}

bool Queue::runs_beside_earlier(const Live& live) const {
    const auto& all = on(live.operation.target);
    return std::any_of(all.begin(), std::ranges::find(all, &live),
                       [](const Live* earlier) { return earlier->running; });
}

// ---- who may go on -------------------------------------------------------------------------------------------------

bool Queue::stands_in_the_way(const Live& earlier, const Live& live) const {
    ++looks_;
    if (earlier.cancelled && !earlier.running) return false;
    return !(live.kind->at_once && earlier.cancelled && earlier.kind->gives_way);
}

// The first one there stands in the way, as a rule.
bool Queue::is_blocked_on(const Uuid& target, const Live& live) const {
    for (const auto* earlier : on(target)) {
        if (earlier->place >= live.place) return false;
        if (stands_in_the_way(*earlier, live)) return true;
    }
    return false;
}

bool Queue::is_blocked(const Live& live) const {
    return is_blocked_on(live.operation.target, live) ||
           std::ranges::any_of(live.work.after,
                               [&](const Uuid& target) { return is_blocked_on(target, live); });
}

bool Queue::may_go_on(const Live& live) const {
    ++looks_;
    if (!live.planned) return false;
    if (!live.running) return live.cancelled || !is_blocked(live);
    return live.rests_until && (*live.rests_until <= Steady::now() || live.cancelled != live.rests_cancelled);
}

void Queue::judge(Live& live) {
    auto& ready = crowd_of(live).ready;
    if (may_go_on(live))
        ready[live.place] = &live;
    else
        ready.erase(live.place);
}

void Queue::judge_all_that_wait_for(const Uuid& target) {
    const auto found = targets_.find(target);
    if (found == targets_.end()) return;
    for (auto* live : found->second.on) judge(*live);
    for (auto* live : found->second.awaiting) judge(*live);
}

} // namespace state
