#pragma once
// One line in the log for each request that is over: what was asked, by whom, how it was answered, how much and how
// long.
//
// Threads: one owner.

#include "agent/base/log.hh"
#include "agent/http/turn.hh"

#include <optional>

namespace http {

class AccessLog {
public:
    // Notes a turn once: a second call for it does nothing.
    void note(Turn&, Clock::time_point ended);
    // Writes what was noted. Lines wait for this, a moment at most, so that several leave together: call it at due().
    void flush() noexcept;
    std::optional<Clock::time_point> due() const noexcept { return due_; } // nullopt: there is nothing

    bool is_on = true;

private:
    logging::Batch batch_;
    std::optional<Clock::time_point> due_;
};

} // namespace http
