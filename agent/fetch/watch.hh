#pragma once
// Whether a peer keeps its times: connected soon, answering soon, sending steadily, done in the end.
//
// Threads: one owner.

#include "agent/fetch/policy.hh"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fetch {

class Watch {
public:
    using Clock = std::chrono::steady_clock;

    Watch(const Times& times, std::uint64_t least, Clock::time_point began,
          std::optional<Clock::time_point> whole)
        : times_(times), least_(least), since_(began), whole_until_(whole) {}

    void saw_connection(Clock::time_point now) noexcept {
        if (phase_ == Phase::connecting) enter(Phase::waiting, now);
    }
    void saw_bytes(std::size_t count, Clock::time_point now) noexcept {
        if (phase_ != Phase::coming) enter(Phase::coming, now);
        in_window_ += count;
    }

    // What the peer has missed, as a predicate; empty: nothing yet.
    std::string_view missed(Clock::time_point now) noexcept {
        if (whole_until_ && now >= *whole_until_) return "it has not come as a whole in time";
        if (now < phase_until()) return {};
        switch (phase_) {
        case Phase::connecting: return "no connection in time";
        case Phase::waiting: return "no answer in time";
        case Phase::coming: break;
        }
        if (in_window_ < least_) return "the answer comes too slowly";
        enter(Phase::coming, now);
        return {};
    }
    // When to look again.
    Clock::time_point next() const noexcept {
        const auto phase = phase_until();
        return whole_until_ ? std::min(*whole_until_, phase) : phase;
    }

private:
    enum class Phase { connecting, waiting, coming };

    void enter(Phase phase, Clock::time_point now) noexcept {
        phase_ = phase;
        since_ = now;
        in_window_ = 0;
    }
    Clock::time_point phase_until() const noexcept {
        switch (phase_) {
        case Phase::connecting: return since_ + times_.connecting;
        case Phase::waiting: return since_ + times_.first_byte;
        case Phase::coming: break;
        }
        return since_ + times_.stall;
    }

    const Times times_;
    const std::uint64_t least_;
    Phase phase_ = Phase::connecting;
    Clock::time_point since_;
    std::optional<Clock::time_point> whole_until_;
    std::uint64_t in_window_ = 0;
};

} // namespace fetch
