#include "agent/last_word.hh"

#include "agent/base/log.hh"

#include <pthread.h>
#include <unistd.h>

LastWord::LastWord(std::chrono::milliseconds patience) : patience_(patience), thread_([this] { wait(); }) {}

LastWord::~LastWord() {
    {
        std::lock_guard hold(mutex_);
        over_ = true;
    }
    said_.notify_all();
    thread_.join();
}

void LastWord::wait() noexcept {
    pthread_setname_np(pthread_self(), "last-word");
    std::unique_lock hold(mutex_);
    if (said_.wait_for(hold, patience_, [this] { return over_; })) return;
    logging::warning("ending although something hangs; what is under way goes on at the next start");
    ::_exit(0);
}
