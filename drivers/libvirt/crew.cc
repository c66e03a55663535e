#include "drivers/libvirt/crew.hh"

#include "agent/base/error.hh"

#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace hv::libvirt {
namespace {

constexpr std::size_t most_idle = 4;

struct Worker {
    std::thread thread;
    std::function<void()> errand;
    std::condition_variable called;
};

} // namespace

struct Crew::Shared {
    explicit Shared(std::string title) : name(std::move(title)) {}

    const std::string name;
    std::mutex mutex; // also of what is in each Worker
    std::vector<std::shared_ptr<Worker>> idle;
    bool closed = false;

    // On the worker's thread.
    void work(const std::shared_ptr<Worker>&) noexcept;
    bool wait_for_more(Worker&, const std::shared_ptr<Worker>&);
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
    } while (wait_for_more(*self, self));
}

bool Crew::Shared::wait_for_more(Worker& worker, const std::shared_ptr<Worker>& self) {
    std::unique_lock hold(mutex);
    if (closed || idle.size() >= most_idle) {
        worker.thread.detach(); // nobody knows of it any more
        return false;
    }
    idle.push_back(self);
    worker.called.wait(hold, [&] { return worker.errand || closed; });
    return static_cast<bool>(worker.errand);
}

Crew::Crew(std::string name) : shared_(std::make_shared<Shared>(std::move(name))) {}

Crew::~Crew() {
    std::vector<std::shared_ptr<Worker>> idle;
    {
        std::lock_guard hold(shared_->mutex);
        shared_->closed = true;
        idle.swap(shared_->idle);
        for (const auto& worker : idle) worker->called.notify_one();
    }
    for (const auto& worker : idle) worker->thread.join();
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
        worker->thread = std::thread([shared = shared_, worker] { shared->work(worker); });
    } catch (const std::system_error& failure) {
        throw Error(Fault::busy, std::string("no thread can be started: ") + failure.what());
    }
}

} // namespace hv::libvirt
