#pragma once
// What an application rings when a parked answer (http::Later) can go on. It may ring before the answer is parked, more
// than once, and after the connection is gone. One bell serves one answer at a time.
//
// Threads: any, except that it is not rung from inside `go_on`'s own server callbacks; never blocks for long, never
// throws.

#include <functional>
#include <mutex>

namespace http {

class Bell {
public:
    void ring() noexcept;

    // For the server. Calls `heard` at the next ring, or at once when the bell has rung since the last time; at most
    // once. `heard` must not throw and only passes word on. silence(): it will not be called any more once this has
    // returned.
    void listen(std::function<void()> heard);
    void silence() noexcept;

private:
    std::mutex mutex_;
    bool rung_ = false;
    std::function<void()> heard_;
};

} // namespace http
