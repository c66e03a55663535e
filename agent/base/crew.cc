#include "agent/base/crew.hh"

#include "agent/base/error.hh"
#include "agent/base/memory.hh"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t most_idle = 4;

struct Worker {
    std::function<void()> errand;
    std::condition_variable called;
};

} // namespace

struct Crew::Shared {
    Shared(std::string title, std::chrono::milliseconds pause) : name(std::move(title)), rest(pause) {}

    const std::string name;
    const std::chrono::milliseconds rest;
    std::mutex mutex; // also of what is in each Worker
    std::condition_variable left;
    std::vector<std::shared_ptr<Worker>> idle;
    bool closed = false;

    // On the worker's thread.
    void work(const std::shared_ptr<Worker>&) noexcept;
    bool wait_for_more(const std::shared_ptr<Worker>&);
};

void Crew::Shared::work(const std::shared_ptr<Worker>& self) noexcept {
    pthread_setname_np(pthread_self(), name.c_str());
    do {
        std::function<void()> errand;
        {
            std::lock_guard hold(mutex);
            errand = std::exchange(self->errand, nullptr);
        }
        errand();
    } while (wait_for_more(self));
}

bool Crew::Shared::wait_for_more(const std::shared_ptr<Worker>& self) {
    std::unique_lock hold(mutex);
    if (closed || idle.size() >= most_idle) return false;
    idle.push_back(self);
    self->called.wait_for(hold, rest, [&] { return self->errand || closed; });
    if (self->errand) return true;
    std::erase(idle, self);
    left.notify_one(); // only the thread that closes waits for it
    const bool was_last = idle.empty() && !closed;
    hold.unlock();
    if (was_last) give_memory_back();
    return false;
}

Crew::Crew(std::string name, std::chrono::milliseconds rest)
    : shared_(std::make_shared<Shared>(std::move(name), rest)) {}

// Idle ones are gone when it returns, but for the last few instructions of each.
Crew::~Crew() {
    std::unique_lock hold(shared_->mutex);
    shared_->closed = true;
    for (const auto& worker : shared_->idle) worker->called.notify_one();
    shared_->left.wait(hold, [&] { return shared_->idle.empty(); });
}

void Crew::run(std::function<void()> errand) {
    std::lock_guard hold(shared_->mutex);
    if (!shared_->idle.empty()) {
        const auto worker = std::move(shared_->idle.back());
        shared_->idle.pop_back();
        worker->errand = std::move(errand);
        worker->called.notify_one();
        return;
    }
    const auto worker = std::make_shared<Worker>();
    worker->errand = std::move(errand);
    try {
        std::thread([shared = shared_, worker] { shared->work(worker); }).detach();
    } catch (const std::system_error& failure) {
        throw Error(Fault::busy, std::string("no thread can be started: ") + failure.what());
    }
}

std::size_t Crew::idle() const {
    std::lock_guard hold(shared_->mutex);
    return shared_->idle.size();
}
