#pragma once
// epoll(7) with a way to wake it: what the connections' thread sleeps on.
//
// Threads: one owner; wake() from any. Failures: Error{unavailable} when the kernel has no room for it.

#include "agent/base/handle.hh"

#include <array>
#include <chrono>
#include <optional>
#include <span>

namespace http {

class Poller {
public:
    struct Event {
        int descriptor = -1;
        bool readable = false;
        bool writable = false;
        bool broken = false; // nothing can be sent any more
    };

    Poller();

    // Level-triggered. False when the kernel refuses.
    bool add(int descriptor, bool read, bool write) noexcept;
    void change(int descriptor, bool read, bool write) noexcept;
    void remove(int descriptor) noexcept;

    // Sleeps until something happens, `most` is over or wake() is called. What it returns is good until the next call.
    std::span<const Event> wait(std::optional<std::chrono::milliseconds> most) noexcept;

    void wake() noexcept;

private:
    static constexpr std::size_t most_events = 256;

    Descriptor epoll_;
    Descriptor bell_;
    std::array<Event, most_events> events_{};
};

} // namespace http
