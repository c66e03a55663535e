#include "agent/http/bell.hh"

#include <utility>

namespace http {

// `heard` is called under the lock: only so can silence() promise that no call is under way when it returns.

void Bell::ring() noexcept {
    std::lock_guard hold(mutex_);
    rung_ = !heard_;
    if (heard_) std::exchange(heard_, nullptr)();
}

void Bell::listen(std::function<void()> heard) {
    std::lock_guard hold(mutex_);
    if (std::exchange(rung_, false))
        heard();
    else
        heard_ = std::move(heard);
}

void Bell::silence() noexcept {
    std::lock_guard hold(mutex_);
    heard_ = nullptr;
}

} // namespace http
