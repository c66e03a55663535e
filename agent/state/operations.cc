#include "agent/state/operations.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"

#include <algorithm>
#include <utility>

namespace state {
namespace {

constexpr std::size_t most_waiting = 10'000;

} // namespace

Operations::Operations(unsigned light_threads, unsigned bulk_threads) {
    crews_[Weight::light].most = light_threads;
    crews_[Weight::bulk].most = bulk_threads;
}

Operations::~Operations() { stop(); }

void Operations::stop() noexcept {
    std::vector<std::jthread> leaving;
    {
        std::lock_guard hold(mutex_);
        closing_ = true;
        for (auto& operation : operations_) operation.stop.request_stop();
        for (auto& [weight, crew] : crews_)
            for (auto& thread : crew.threads) leaving.push_back(std::move(thread));
        for (auto& [weight, crew] : crews_) crew.threads.clear();
    }
    for (auto& thread : leaving) thread.request_stop();
    changed_.notify_all();
} // joins

Operations::Ticket Operations::submit(Uuid target, std::string what, Work work, Weight weight,
                                      std::vector<Uuid> after) {
    Ticket ticket = 0;
    {
        std::lock_guard hold(mutex_);
        if (closing_) throw Error(Fault::unavailable, "the agent is stopping");
        if (operations_.size() >= most_waiting)
            throw Error(Fault::busy, "too many operations are waiting; try again later");
        ticket = ++last_ticket_;
        operations_.push_back({ticket,
                               std::move(target),
                               std::move(what),
                               std::move(work),
                               weight,
                               std::move(after),
                               false,
                               {}});
        hire(weight);
    }
    changed_.notify_all();
    return ticket;
}

// A thread more when all are at work, up to the crew's size. Called with the lock held.
void Operations::hire(Weight weight) {
    auto& crew = crews_[weight];
    if (closing_ || crew.idle > 0 || crew.threads.size() >= crew.most) return;
    crew.threads.emplace_back([this, weight](std::stop_token stop) { serve(weight, stop); });
}

bool Operations::blocked(const Operation& operation) const {
    const auto stands_before = [&](const Operation& earlier) {
        return earlier.target == operation.target ||
               std::ranges::find(operation.after, earlier.target) != operation.after.end();
    };
    for (const auto& earlier : operations_) {
        if (earlier.ticket == operation.ticket) return false;
        if (stands_before(earlier)) return true;
    }
    return false;
}

Operations::Operation* Operations::next(Weight weight) {
    for (auto& operation : operations_)
        if (!operation.running && operation.weight == weight && !blocked(operation)) return &operation;
    return nullptr;
}

void Operations::serve(Weight weight, std::stop_token stop) {
    std::unique_lock hold(mutex_);
    auto& crew = crews_[weight];
    while (!stop.stop_requested()) {
        Operation* mine = nullptr;
        ++crew.idle;
        changed_.wait(hold, stop, [&] { return (mine = next(weight)) != nullptr; });
        --crew.idle;
        if (stop.stop_requested() || !mine) return;
        mine->running = true;
        hire(weight); // so that what can run beside this has somebody to run it
        hold.unlock();
        try {
            mine->work(mine->stop.get_token());
        } catch (const std::exception& failure) {
            logging::error("{} {}: {}", mine->what, mine->target, failure.what());
        }
        hold.lock();
        operations_.remove_if([&](const Operation& each) { return &each == mine; });
        changed_.notify_all();
    }
}

void Operations::cancel(const Uuid& target) {
    {
        std::lock_guard hold(mutex_);
        for (auto& operation : operations_)
            if (operation.target == target) operation.stop.request_stop();
        operations_.remove_if([&](const Operation& each) { return each.target == target && !each.running; });
    }
    changed_.notify_all();
}

bool Operations::wait(Ticket ticket, std::chrono::milliseconds deadline) {
    std::unique_lock hold(mutex_);
    return changed_.wait_for(hold, deadline, [&] {
        return std::ranges::none_of(operations_,
                                    [&](const Operation& each) { return each.ticket == ticket; });
    });
}

} // namespace state
