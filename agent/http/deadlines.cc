#include "agent/http/deadlines.hh"

#include <iterator>

namespace http {

Deadlines::Deadlines(const Limits& limits) { use(limits); }

void Deadlines::use(const Limits& limits) noexcept {
    spans_ = {std::chrono::milliseconds{0},
              limits.idle_time,
              limits.header_time,
              limits.body_time,
              limits.write_time,
              limits.linger_time,
              std::chrono::milliseconds{0}};
}

Deadlines::Place Deadlines::add(Connection& connection) {
    auto& idle = lists_[index(Wait::nothing)];
    return idle.insert(idle.end(), Item{&connection, Wait::nothing, {}});
}

void Deadlines::remove(Place place) { lists_[index(place->wait)].erase(place); }

void Deadlines::set(Place place, Wait wait, Clock::time_point now) {
    auto& from = lists_[index(place->wait)];
    auto& to = lists_[index(wait)];
    to.splice(to.end(), from, place);
    place->wait = wait;
    place->due = now + spans_[index(wait)];
}

void Deadlines::set_parked(Place place, Clock::time_point due) {
    auto& from = lists_[index(place->wait)];
    auto& to = lists_[index(Wait::parked)];
    auto before = to.end();
    // From the end: most have the same patience, and the last comer is due last.
    while (before != to.begin() && std::prev(before)->due > due) --before;
    // One that is parked already may be its own successor; it stays where it is then.
    to.splice(before, from, place);
    place->wait = Wait::parked;
    place->due = due;
}

std::optional<Clock::time_point> Deadlines::next() const {
    std::optional<Clock::time_point> first;
    for (std::size_t i = index(Wait::nothing) + 1; i < kinds; ++i)
        if (!lists_[i].empty() && (!first || lists_[i].front().due < *first)) first = lists_[i].front().due;
    return first;
}

Connection* Deadlines::overdue(Clock::time_point now) const {
    for (std::size_t i = index(Wait::nothing) + 1; i < kinds; ++i)
        if (!lists_[i].empty() && lists_[i].front().due <= now) return lists_[i].front().connection;
    return nullptr;
}

} // namespace http
