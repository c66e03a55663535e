#include "agent/http/workers.hh"

#include "agent/base/answering.hh"
#include "agent/base/error.hh"

#include <fmt/format.h>

#include <algorithm>
#include <pthread.h>
#include <system_error>

namespace http {

Workers::Workers(unsigned count, std::size_t most_queued, const std::function<Serve()>& make_serve)
    : most_queued_(most_queued), awake_(std::max(count, 1U)), calls_(awake_) {
    try {
        for (auto left = awake_; left > 0; --left)
            threads_.emplace_back([this, serve = make_serve()] { run(serve); });
    } catch (const std::system_error& failure) {
        stop();
        throw Error(Fault::unavailable,
                    fmt::format("cannot start {} threads for requests: {}", count, failure.what()));
    }
}

Workers::~Workers() { stop(); }

bool Workers::push(Connection& connection, Clock::time_point now) {
    std::lock_guard hold(mutex_);
    if (queue_.size() >= most_queued_) return false;
    queue_.push_back({&connection, now});
    if (awake_ == 0) wake_one();
    return true;
}

bool Workers::relieve(Clock::time_point now) {
    std::lock_guard hold(mutex_);
    if (queue_.empty()) return false;
    const bool late = now - queue_.front().since >= most_patience;
    if (late && calls_ == 0 && awake_ < threads_.size()) wake_one();
    return true;
}

void Workers::wake_one() {
    ++awake_;
    ++calls_;
    woken_.notify_one();
}

void Workers::run(const Serve& serve) {
    pthread_setname_np(pthread_self(), "http-worker");
    answering::mark_this_thread();
    std::unique_lock hold(mutex_);
    for (;;) {
        woken_.wait(hold, [this] { return stopping_ || calls_ > 0; });
        if (calls_ > 0) --calls_;
        while (!queue_.empty()) {
            auto& connection = *queue_.front().connection;
            queue_.pop_front();
            hold.unlock();
            serve(connection);
            hold.lock();
        }
        if (stopping_) return;
        --awake_;
    }
}

void Workers::stop() noexcept {
    {
        std::lock_guard hold(mutex_);
        stopping_ = true;
    }
    woken_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

} // namespace http
