#pragma once
// A value that can only be reached while its lock is held. Keep what is done inside short: no libvirt, no I/O, no
// callback.
//
// Threads: any. `with` must not be called from inside itself.

#include <condition_variable>
#include <mutex>
#include <utility>

template <class T> class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) : value_(std::move(value)) {}

    template <class F> auto with(F&& use) {
        std::lock_guard hold(mutex_);
        return std::forward<F>(use)(value_);
    }
    template <class F> auto with(F&& use) const {
        std::lock_guard hold(mutex_);
        return std::forward<F>(use)(std::as_const(value_));
    }

private:
    mutable std::mutex mutex_;
    T value_{};
};
