#include "agent/last_word.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"

#include <array>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

LastWord::LastWord(const sigset_t& ends, std::chrono::milliseconds patience)
    : patience_(patience), signals_(::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!signals_ || !wake_) throw Error(Fault::unavailable, "no descriptor is left to look after signals");
    thread_ = std::thread([this] { watch(); });
}

LastWord::~LastWord() {
    {
        std::lock_guard hold(mutex_);
        started_ = over_ = true;
    }
    ::eventfd_write(wake_.get(), 1);
    said_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool LastWord::started() {
    {
        std::lock_guard hold(mutex_);
        if (asked_) return true; // its time runs
        started_ = true;
    }
    ::eventfd_write(wake_.get(), 1);
    thread_.join();
    return asked_;
}

void LastWord::begin() {
    if (!thread_.joinable()) thread_ = std::thread([this] { wait(); });
}

void LastWord::watch() noexcept {
    pthread_setname_np(pthread_self(), "start");
    std::array<pollfd, 2> both{pollfd{signals_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
    signalfd_siginfo signal{};
    // What has come when the start is over is left for the code that looks after it then.
    do {
        ::poll(both.data(), both.size(), -1);
        if (both[1].revents != 0) return;
    } while (::read(signals_.get(), &signal, sizeof signal) != sizeof signal);
    {
        std::lock_guard hold(mutex_);
        asked_ = true;
        if (started_) return;
    }
    logging::info("told to end before it has started");
    wait();
}

void LastWord::wait() noexcept {
    pthread_setname_np(pthread_self(), "last-word");
    std::unique_lock hold(mutex_);
    if (said_.wait_for(hold, patience_, [this] { return over_; })) return;
    logging::warning("ending although something hangs; what is under way goes on at the next start");
    ::_exit(0);
}
