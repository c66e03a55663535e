#include "agent/base/disk_lock.hh"

#include "agent/base/answering.hh"
#include "agent/base/error.hh"

// Called with the mutex held. Whether the calling thread has it now.
bool DiskLock::take() {
    const auto me = std::this_thread::get_id();
    if (depth_ > 0 && holder_ != me) return false;
    if (depth_++ == 0) {
        holder_ = me;
        since_ = Clock::now();
    }
    return true;
}

void DiskLock::lock() {
    std::unique_lock hold(mutex_);
    while (!take()) {
        if (!answering::is_this_thread()) {
            freed_.wait(hold);
            continue;
        }
        if (is_stuck())
            throw Error(Fault::unavailable,
                        "the disk of the agent's own store does not answer: ask again later");
        freed_.wait_until(hold, since_ + patience_);
    }
}

bool DiskLock::try_lock() {
    std::lock_guard hold(mutex_);
    return take();
}

void DiskLock::unlock() {
    {
        std::lock_guard hold(mutex_);
        if (--depth_ > 0) return;
    }
    freed_.notify_one();
}

std::optional<std::chrono::seconds> DiskLock::stuck_for() const {
    std::lock_guard hold(mutex_);
    if (!is_stuck()) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - since_);
}
