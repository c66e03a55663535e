#pragma once
// The fake's one thread: it tells the listener what happened and lets guests act, in the order in which it was asked
// to.
//
// Threads: any may ask. The listener is only ever called, and only ever changed, on the thread of this class.

#include "drivers/contract/change.hh"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace hv::fake {

class Events {
public:
    Events();
    // What was asked before is dropped. Returns when nothing runs any more; idempotent.
    void stop() noexcept;

    void watch(Listener&);
    void unwatch(); // no call of the listener runs when it returns; not from inside of one
    void found();
    void lost(const std::string& why);
    void changed(Change);
    void post(std::function<void()> act); // which must not throw

    // Waits until all is told and done, also what comes of it.
    void settle();

private:
    std::uint64_t enqueue(std::function<void()> act);
    void wait_for(std::uint64_t number);
    void run(const std::stop_token& stop);

    Listener* listener_ = nullptr; // of the thread
    std::mutex mutex_;
    std::condition_variable_any moved_;
    std::deque<std::function<void()>> queue_;
    std::uint64_t asked_ = 0, done_ = 0;
    bool stopped_ = false;
    std::jthread thread_;
};

} // namespace hv::fake
