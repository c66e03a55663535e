#pragma once
// Which connection waits too long. All that wait for the same thing wait equally long, so that a list for each thing is
// in the order of its deadlines by itself: setting one and finding the next are a few pointer moves, however many there
// are. Only parked ones have each a patience of their own; there are few of them, and each is put where it belongs.
//
// Threads: the connections' thread only.

#include "agent/http/limits.hh"
#include "agent/http/turn.hh"

#include <array>
#include <list>
#include <optional>

namespace http {

class Connection;

// For what a connection waits. `nothing`: it has no deadline, a worker has it.
enum class Wait { nothing, request, header, body, writing, rest, parked };

class Deadlines {
public:
    struct Item {
        Connection* connection = nullptr;
        Wait wait = Wait::nothing;
        Clock::time_point due{};
    };
    using Place = std::list<Item>::iterator;

    explicit Deadlines(const Limits&);
    // A connection that waits already keeps its time, and those behind it in its list may wait as long.
    void use(const Limits&) noexcept;

    Place add(Connection&);
    void remove(Place);
    void set(Place, Wait, Clock::time_point now); // all but `parked`
    void set_parked(Place, Clock::time_point due);

    std::optional<Clock::time_point> next() const;
    // The connection that is due the longest, or nullptr. The caller must set or remove it before the next call.
    Connection* overdue(Clock::time_point now) const;

private:
    static constexpr std::size_t kinds = 7;
    static constexpr std::size_t index(Wait wait) noexcept { return static_cast<std::size_t>(wait); }

    std::array<std::chrono::milliseconds, kinds> spans_{};
    std::array<std::list<Item>, kinds> lists_;
};

} // namespace http
