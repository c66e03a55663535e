#pragma once
// How often something is done again that others undo: at once the first time, then after longer and longer pauses,
// until it was left alone for as long as the longest of them.
//
// Threads: none; the owner guards it.

#include <algorithm>
#include <chrono>

namespace service {

class Brake {
public:
    using Clock = std::chrono::steady_clock;
    using Pause = std::chrono::milliseconds;

    Brake(Pause first, Pause longest) : first_(first), longest_(std::max(first, longest)), pause_(first) {}

    // Whether it may be done at `now`; then it is taken as done.
    bool admits(Clock::time_point now) {
        if (now < next_) return false;
        if (now - next_ >= longest_) pause_ = first_;
        next_ = now + pause_;
        pause_ = std::min(2 * pause_, longest_);
        return true;
    }

private:
    Pause first_, longest_, pause_;
    Clock::time_point next_{};
};

} // namespace service
