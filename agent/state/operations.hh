#pragma once
// Work that goes on after its request was answered. One operation at a time for each target, in the order they were submitted;
// different targets side by side. Cancelling asks what runs to stop and forgets what waits.
//
// Threads: any may submit, cancel and wait; `work` runs on threads of this class and must not throw (what escapes is logged).

#include "agent/base/uuid.hh"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace state {

class Operations {
public:
    using Work = std::function<void(std::stop_token)>;
    using Ticket = std::uint64_t;

    // bulk: moves many bytes, so only a few run at once.
    enum class Weight { light, bulk };

    Operations(unsigned light_threads = 64, unsigned bulk_threads = 2);
    ~Operations();
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;

    // Begins when nothing submitted earlier is left on `target` or on any of `after`. Throws Error{busy} when too many wait.
    Ticket submit(Uuid target, std::string what, Work, Weight = Weight::light, std::vector<Uuid> after = {});

    // Everything on `target` that was submitted up to now.
    void cancel(const Uuid& target);

    // Whether the operation has ended (or was forgotten) before `deadline` passed.
    bool wait(Ticket, std::chrono::milliseconds deadline);

    // Cancels everything, waits for what runs, and takes nothing more: submit() throws Error{unavailable}. Idempotent.
    void stop() noexcept;

private:
    struct Operation {
        Ticket ticket;
        Uuid target;
        std::string what;
        Work work;
        Weight weight;
        std::vector<Uuid> after;
        bool running = false;
        std::stop_source stop;
    };
    struct Crew {
        unsigned most = 0, idle = 0;
        std::vector<std::jthread> threads;
    };

    void serve(Weight, std::stop_token);
    Operation* next(Weight);
    bool blocked(const Operation&) const;
    void hire(Weight);

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::list<Operation> operations_; // in order of submission; gone when ended
    std::map<Weight, Crew> crews_;
    Ticket last_ticket_ = 0;
    bool closing_ = false;
};

} // namespace state
