#include "drivers/fake/events.hh"

#include <pthread.h>
#include <utility>

namespace hv::fake {

Events::Events() : thread_([this](const std::stop_token& stop) { run(stop); }) {
    ::pthread_setname_np(thread_.native_handle(), "fake-events");
}

void Events::stop() noexcept {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    std::lock_guard hold(mutex_);
    stopped_ = true;
    moved_.notify_all();
}

// ---- what can be asked ---------------------------------------------------------------------------------------------

std::uint64_t Events::enqueue(std::function<void()> act) {
    std::lock_guard hold(mutex_);
    queue_.push_back(std::move(act));
    moved_.notify_all();
    return ++asked_;
}

void Events::watch(Listener& listener) {
    enqueue([this, &listener] { listener_ = &listener; });
}

void Events::unwatch() {
    wait_for(enqueue([this] { listener_ = nullptr; }));
}

void Events::found() {
    enqueue([this] {
        if (listener_) listener_->found();
    });
}

void Events::lost(const std::string& why) {
    enqueue([this, why] {
        if (listener_) listener_->lost(why);
    });
}

void Events::changed(Change change) {
    enqueue([this, change = std::move(change)] {
        if (listener_) listener_->changed(change);
    });
}

void Events::post(std::function<void()> act) { enqueue(std::move(act)); }

void Events::settle() {
    std::unique_lock hold(mutex_);
    moved_.wait(hold, [&] { return stopped_ || done_ == asked_; });
}

// ---- the thread ----------------------------------------------------------------------------------------------------

void Events::wait_for(std::uint64_t number) {
    std::unique_lock hold(mutex_);
    moved_.wait(hold, [&] { return stopped_ || done_ >= number; });
}

void Events::run(const std::stop_token& stop) {
    std::unique_lock hold(mutex_);
    while (moved_.wait(hold, stop, [&] { return !queue_.empty(); }) && !stop.stop_requested()) {
        const auto act = std::move(queue_.front());
        queue_.pop_front();
        hold.unlock();
        act();
        hold.lock();
        ++done_;
        moved_.notify_all();
    }
}

} // namespace hv::fake
