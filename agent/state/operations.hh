#pragma once
// Changes under way: each is written into the journal before its first step, goes through its steps one after the
// other, and is brought to its end whatever happens in between. One at a time for each target, in the order they were
// asked for; different targets side by side.
//
// What is under way when the process dies is taken up at the next start: resume() takes back the step that had begun
// and goes on with it.
//
// Which may go on is the matter of queue.hh; what an operation does, and how a step may end, stands in work.hh. One
// that is cancelled is taken back at the next boundary between two steps, unless it is beyond its point of no return.
//
// Threads: any may submit, cancel and wait; steps run on threads of this class.

#include "agent/state/journal.hh"
#include "agent/state/queue.hh"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace state {

class Operations {
public:
    // `told` hears each change of an operation, after the journal has it; on any thread, one at a time for each
    // operation. A step is run again after `retry_pause` at the earliest, and once `may_retry` says so. Functions may
    // be empty.
    struct Hooks {
        std::function<void(const Operation&)> told{};
        std::chrono::milliseconds retry_pause{0};
        std::function<bool()> may_retry{};
    };
    // How many of each weight run at a time: what waits to be tried again holds none of these threads. Of heavy ones
    // fewer than libvirt is given calls at a time (connection.cc), so that there is room for the others. A thread that
    // nobody has needed for `rest` ends.
    struct Threads {
        unsigned light = 64, heavy = 10, bulk = 2, urgent = 64;
        std::chrono::milliseconds rest = std::chrono::minutes(1);
    };
    Operations(Journal& journal, std::vector<OperationKind> kinds, Hooks hooks, Threads threads);
    Operations(Journal& journal, std::vector<OperationKind> kinds, Hooks hooks)
        : Operations(journal, std::move(kinds), std::move(hooks), Threads{}) {}
    ~Operations();
    Operations(const Operations&) = delete;
    Operations& operator=(const Operations&) = delete;

    struct Wish {
        std::string kind, subject;
        Uuid target;
        std::string owner, plan, key{};
        // Called when it has its place in the order, before the journal has it and so before anybody runs it: what
        // comes behind what this shows is behind this operation as well. submit() throws what it throws.
        std::function<void()> placed{};
        std::string group{}; // of the owner
    };
    // Throws Error{busy} when too many wait, for this target (the sentence says who holds it and since when) or in all;
    // Error{unavailable} when the journal does not take it. Nothing has happened then.
    // `check`, when given, is the asker's precondition: it holds only while nothing else is under way on the target,
    // and is called when that is so and nobody can begin. It throws Error{precondition} and must be quick.
    Operation submit(Wish, const std::function<void()>& check = {});

    // Takes up what the journal has unfinished. Once, before or after the first submit().
    void resume();

    // Error{not_found}; Error{conflict}: it has ended, or it is beyond the point of no return.
    void cancel(const std::string& id, const std::string& by_whom);
    // All that is on `target` now, as far as it can be cancelled.
    void cancel_target(const Uuid& target, const std::string& by_whom);

    // The first of those that may still change it, or nullopt.
    std::optional<Operation> holder(const Uuid& target) const;
    // Whether there is one that may still change it; also one whose place is taken, and that is not in the journal yet.
    bool is_awaited(const Uuid& target) const;
    std::optional<Operation> find(const std::string& id); // also one that has ended
    std::size_t under_way() const;
    std::size_t threads() const;
    std::vector<Operation> all_under_way() const;
    bool mentions(const Uuid&) const; // whether the plan of one that may still change something names it

    // Calls `ended` once, when the operation has ended; at once when it has. The number takes it back.
    std::uint64_t call_once(const std::string& id, std::function<void()> ended);
    void forget(std::uint64_t call);
    // Whether it has ended before `patience` passed.
    bool wait(const std::string& id, std::chrono::milliseconds patience);

    // Lets what runs come to the end of its step, and takes nothing more: submit() throws Error{unavailable}. What has
    // not ended stays in the journal. Idempotent.
    void stop() noexcept;

private:
    using Weight = OperationKind::Weight;
    friend class Running;
    struct Workers {
        unsigned most = 0, idle = 0;
        bool keeps_time = false; // one of the idle waits for what is due next
        std::vector<std::jthread> threads;
    };

    const OperationKind& kind_of(const std::string& name) const;
    void check_queue(const Uuid& target, bool at_once, bool alone) const;
    void clear_way(const Live&);
    void begin_life(Live&);
    void serve(Weight, std::stop_token);
    Live* wait_for_next(std::unique_lock<std::mutex>&, Weight, const std::stop_token&);
    bool run(Live&);
    void leave_workers(std::unique_lock<std::mutex>, Workers&);
    void hire(Weight);
    void hire_for_ready();
    bool cancel(Live&, const std::string& by_whom);
    void leave(Live&);

    Journal& journal_;
    const std::vector<OperationKind> kinds_;
    const Hooks hooks_;

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    Queue queue_;
    std::uint64_t last_number_;
    std::map<Weight, Workers> workers_;
    const std::chrono::milliseconds rest_;
    std::map<std::uint64_t, Live*> calls_; // by their numbers: whose end is waited for
    std::uint64_t last_call_ = 0;
    bool closing_ = false;
    std::stop_source ending_; // of the agent
};

} // namespace state
