#pragma once
// The threads that run the application. The queue before them is bounded: what does not fit is the caller's to refuse.
//
// Waking a thread costs more than answering an ordinary request. So one worker is woken for what comes and takes it
// all, one by one; another joins it only when a request has waited for longer than `most_patience`, because the
// application is slow.
//
// Threads: push() and relieve() from one thread. What is queued when it is destroyed is still served.
// Failures: Error{unavailable} when the threads cannot be made.

#include "agent/http/turn.hh"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace http {

class Connection;

class Workers {
public:
    using Serve = std::function<void(Connection&)>;

    static constexpr std::chrono::milliseconds most_patience{1};

    // Each thread calls what `make_serve` returned for it with each connection that it takes; that must not throw.
    Workers(unsigned count, std::size_t most_queued, const std::function<Serve()>& make_serve);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // False when the queue is full.
    bool push(Connection&, Clock::time_point now);

    // Wakes another worker when the first in the queue has waited too long. True when somebody waits: then call it
    // again after `most_patience`.
    bool relieve(Clock::time_point now);

private:
    struct Waiting {
        Connection* connection;
        Clock::time_point since;
    };

    void run(const Serve&);
    void wake_one();
    void stop() noexcept;

    const std::size_t most_queued_;
    std::mutex mutex_;
    std::condition_variable woken_;
    std::deque<Waiting> queue_;
    std::size_t awake_ = 0; // workers that look at the queue before they sleep
    std::size_t calls_ = 0; // of those, the ones that have not yet noticed
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace http
