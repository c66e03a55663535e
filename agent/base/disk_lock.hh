#pragma once
// A lock that is held while the agent's own disk is written to, by one at a time. That disk may hang: then whoever
// writes hangs with it, and nobody else does. A thread that answers others (answering.hh) gives up when one and the
// same holder has had the lock for longer than `patience`; every other thread waits for as long as it takes.
//
// Threads: any. Whoever has it may take it again, and lets go of it as often.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

class DiskLock {
public:
    using Clock = std::chrono::steady_clock;
    using Patience = std::chrono::milliseconds;
    static constexpr Patience usual_patience{3000};

    explicit DiskLock(Patience patience = usual_patience) : patience_(patience) {}
    DiskLock(const DiskLock&) = delete;
    DiskLock& operator=(const DiskLock&) = delete;

    void lock(); // Error{unavailable}, only on threads that answer others
    bool try_lock();
    void unlock();

    // How long the holder has had it already, when that is longer than `patience`.
    std::optional<std::chrono::seconds> stuck_for() const;

private:
    bool is_stuck() const { return depth_ > 0 && Clock::now() - since_ >= patience_; }
    bool take();

    const Patience patience_;
    mutable std::mutex mutex_;
    std::condition_variable freed_;
    std::thread::id holder_;
    unsigned depth_ = 0;
    Clock::time_point since_;
};
