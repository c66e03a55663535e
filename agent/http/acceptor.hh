#pragma once
// Takes new connections off the listening sockets. Rests for a moment when the process has no descriptor left, since
// the kernel would otherwise offer the same connection again and again.
//
// Threads: the connections' thread only.

#include "agent/http/caller.hh"
#include "agent/http/listener.hh"
#include "agent/http/poller.hh"
#include "agent/http/rare_warning.hh"
#include "agent/http/turn.hh"

#include <optional>
#include <vector>

namespace http {

class Acceptor {
public:
    Acceptor(std::vector<Listener>, Poller&);

    // The listener with that descriptor; nullptr when it is another socket.
    const Listener* find(int descriptor) const noexcept;

    struct Newcomer {
        Descriptor socket;
        Caller caller;
        bool is_secure; // to be
    };
    // The next connection on this listening socket, set up; nullopt when there is none now.
    std::optional<Newcomer> next(const Listener&, Clock::time_point now);

    // When to call resume(); nullopt when it does not rest.
    std::optional<Clock::time_point> rests_until() const noexcept { return rests_until_; }
    void resume(Clock::time_point now) noexcept;

    void close() noexcept;

private:
    void rest(Clock::time_point now);

    std::vector<Listener> listeners_;
    Poller& poller_;
    std::optional<Clock::time_point> rests_until_;
    RareWarning exhausted_;
};

} // namespace http
