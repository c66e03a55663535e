#include "agent/state/operations.hh"

#include "agent/base/clock.hh"
#include "agent/base/crash_point.hh"
#include "agent/base/log.hh"
#include "agent/base/memory.hh"
#include "agent/state/running.hh"

#include <algorithm>
#include <atomic>
#include <utility>

namespace state {
namespace {

using Clock = std::chrono::system_clock;
using Sync = Database::Sync;

constexpr std::size_t most_live = 10'000;
constexpr long most_waiting_for_one = 8;

} // namespace

// ---- coming in -----------------------------------------------------------------------------------------------------

namespace {

std::vector<OperationKind> weighed(std::vector<OperationKind> kinds) {
    for (auto& kind : kinds)
        if (kind.at_once) kind.weight = OperationKind::Weight::urgent;
    return kinds;
}

} // namespace

Operations::Operations(Journal& journal, std::vector<OperationKind> kinds, Hooks hooks, Threads threads)
    : journal_(journal), kinds_(weighed(std::move(kinds))), hooks_(std::move(hooks)),
      last_number_(journal.last_number()), rest_(threads.rest) {
    workers_[Weight::light].most = threads.light;
    workers_[Weight::heavy].most = threads.heavy;
    workers_[Weight::bulk].most = threads.bulk;
    workers_[Weight::urgent].most = threads.urgent;
}

Operations::~Operations() { stop(); }

const OperationKind& Operations::kind_of(const std::string& name) const {
    const auto found = std::ranges::find(kinds_, name, &OperationKind::name);
    if (found == kinds_.end()) throw Error(Fault::internal, "there is no operation \"" + name + "\"");
    return *found;
}

void Operations::check_queue(const Uuid& target, bool at_once, bool alone) const {
    if (closing_) throw Error(Fault::unavailable, "the agent is stopping");
    if (queue_.all().size() >= most_live)
        throw Error(Fault::busy, "too many operations are under way; try again later");
    // One that has settled changes nothing any more.
    const auto& on_target = queue_.on(target);
    const auto first = std::ranges::find(on_target, false, &Live::settled);
    if (first == on_target.end()) return;
    const auto& holder = (*first)->operation;
    const auto since = holder.started == Time{} ? holder.planned : holder.started;
    const auto sentence = "\"" + holder.kind + "\"" +
                          (holder.owner.empty() ? std::string() : " of " + holder.owner) +
                          " is under way on " + holder.subject + " " + target + " since " + to_rfc3339(since);
    if (alone) throw Error(Fault::precondition, sentence);
    if (at_once) return;
    const auto waiting = std::ranges::count_if(
        on_target, [](const Live* live) { return !live->settled && !live->running && !live->cancelled; });
    if (waiting >= most_waiting_for_one)
        throw Error(Fault::busy, sentence + ", and " + std::to_string(waiting) + " more wait behind it");
}

// What is asked for at once cancels what was there before it, but for the same: that must not be taken for given up
// while it is still asked for; and but for the making of its target, unless it removes that. Called with the lock held.
void Operations::clear_way(const Live& live) {
    if (!live.kind->at_once) return;
    const auto& operation = live.operation;
    for (auto* earlier : queue_.on(operation.target)) {
        if (earlier == &live) return;
        if (earlier->kind->makes && !live.kind->removes) continue;
        if (earlier->kind != live.kind)
            cancel(*earlier, "\"" + operation.kind + "\" was asked for" +
                                 (operation.owner.empty() ? "" : " by " + operation.owner));
    }
}

void Operations::begin_life(Live& live) {
    {
        std::lock_guard hold(mutex_);
        queue_.plan(live);
        hire(live.kind->weight);
        hire_for_ready();
    }
    changed_.notify_all();
}

Operation Operations::submit(Wish wish, const std::function<void()>& check) {
    Operation operation;
    operation.id = new_uuid();
    operation.kind = std::move(wish.kind);
    operation.subject = std::move(wish.subject);
    operation.target = std::move(wish.target);
    operation.owner = std::move(wish.owner);
    operation.group = std::move(wish.group);
    operation.plan = std::move(wish.plan);
    operation.key = std::move(wish.key);
    operation.planned = Clock::now();
    const auto& kind = kind_of(operation.kind);
    auto work = kind.work(operation);
    operation.steps = static_cast<unsigned>(work.steps.size());

    Live* live = nullptr;
    {
        // Its place in the order, and the number that tells it, are taken here; nobody runs it before it is planned.
        std::lock_guard hold(mutex_);
        check_queue(operation.target, kind.at_once, check != nullptr);
        if (check) check();
        operation.number = ++last_number_;
        live = &queue_.enter(operation, kind, std::move(work));
    }
    try {
        if (wish.placed) wish.placed();
        journal_.plan(operation, kind.synced ? Sync::now : Sync::later,
                      kind.frees ? Journal::Room::kept_back : Journal::Room::usual);
        crash_point(operation.kind + "/plan/after");
    } catch (...) {
        leave(*live);
        throw;
    }
    {
        std::lock_guard hold(mutex_);
        clear_way(*live);
    }
    if (hooks_.told) hooks_.told(operation);
    begin_life(*live);
    return operation;
}

void Operations::resume() {
    for (auto& operation : journal_.unfinished()) {
        logging::info("{} {} was under way when the agent ended: it goes on", operation.kind,
                      operation.target);
        try {
            const auto& kind = kind_of(operation.kind);
            auto work = kind.work(operation);
            Live* live = nullptr;
            {
                std::lock_guard hold(mutex_);
                if (queue_.find(operation.id)) continue; // of this run
                live = &queue_.enter(operation, kind, std::move(work));
                for (unsigned i = 0; i <= operation.step && i < live->work.steps.size(); ++i) {
                    const bool begun = i < operation.step || operation.step_name == live->work.steps[i].name;
                    live->beyond = live->beyond || (begun && live->work.steps[i].no_return);
                }
                clear_way(*live);
            }
            begin_life(*live);
        } catch (const std::exception& failure) {
            operation.stage = Stage::failed;
            operation.message = failure.what();
            operation.ended = Clock::now();
            logging::error("{} {} cannot go on: {}", operation.kind, operation.target, failure.what());
            journal_.save(operation, Sync::now);
        }
    }
}

// ---- running -------------------------------------------------------------------------------------------------------

// A thread more when all are at work, up to the workers's size. Called with the lock held.
void Operations::hire(Weight weight) {
    auto& workers = workers_[weight];
    if (closing_ || workers.idle > 0 || workers.threads.size() >= workers.most) return;
    workers.threads.emplace_back([this, weight](std::stop_token stop) { serve(weight, stop); });
}

// Called with the lock held, when what was in the way of others may be gone: those who would run them may have ended
// while they waited.
void Operations::hire_for_ready() {
    for (const auto& [weight, workers] : workers_)
        if (queue_.first(weight)) hire(weight);
}

// nullptr: the thread is to end, since the agent does or since nobody has needed it for long.
Live* Operations::wait_for_next(std::unique_lock<std::mutex>& hold, Weight weight,
                                const std::stop_token& stop) {
    auto& workers = workers_[weight];
    const auto rested = std::chrono::steady_clock::now() + rest_;
    while (!closing_ && !stop.stop_requested()) {
        if (auto* live = queue_.first(weight)) return live;
        // One of the idle looks at the clock for all.
        const auto due = workers.keeps_time ? std::nullopt : queue_.next_due(weight);
        if (!due && std::chrono::steady_clock::now() >= rested) return nullptr;
        const auto time_is_unkept = [&] {
            return !workers.keeps_time && queue_.next_due(weight).has_value();
        };
        ++workers.idle;
        if (due) workers.keeps_time = true;
        changed_.wait_until(hold, stop, due.value_or(rested),
                            [&] { return closing_ || queue_.first(weight) || time_is_unkept(); });
        --workers.idle;
        if (!due) continue;
        workers.keeps_time = false;
        if (workers.idle > 0) changed_.notify_all(); // another one keeps it while this one works
    }
    return nullptr;
}

void Operations::serve(Weight weight, std::stop_token stop) {
    std::unique_lock hold(mutex_);
    while (auto* mine = wait_for_next(hold, weight, stop)) {
        const bool rested = mine->rests_until.has_value() && mine->cancelled == mine->rests_cancelled;
        queue_.begin(*mine);
        hire(weight); // so that what can run beside this has somebody to run it
        hire_for_ready();
        hold.unlock();
        const bool rests = (rested && hooks_.may_retry && !hooks_.may_retry()) || run(*mine);
        if (!rests) leave(*mine);
        hold.lock();
        if (rests) queue_.rest(*mine, std::chrono::steady_clock::now() + hooks_.retry_pause);
    }
    if (!closing_ && !stop.stop_requested()) leave_workers(std::move(hold), workers_[weight]);
}

// Whether it rests.
bool Operations::run(Live& live) try {
    if (!live.way) live.way = std::make_shared<Running>(*this, live);
    return live.way->run();
} catch (const std::exception& failure) {
    logging::error("{} {}: {}", live.operation.kind, live.operation.target, failure.what());
    return false;
}

// Of the calling thread, which does nothing more of ours afterwards.
void Operations::leave_workers(std::unique_lock<std::mutex> hold, Workers& workers) {
    const auto self = std::ranges::find(workers.threads, std::this_thread::get_id(), &std::jthread::get_id);
    if (self == workers.threads.end()) return;
    self->detach();
    workers.threads.erase(self);
    const bool was_last =
        std::ranges::all_of(workers_, [](const auto& each) { return each.second.threads.empty(); });
    hold.unlock();
    if (was_last) give_memory_back();
}

void Operations::leave(Live& live) {
    std::list<Live> gone; // what its work holds is let go outside of the lock: that may want another one
    {
        std::lock_guard hold(mutex_);
        for (const auto& [number, ended] : live.calls) calls_.erase(number);
        gone = queue_.leave(live);
        hire_for_ready();
    }
    const auto calls = std::move(gone.front().calls);
    gone.clear();
    changed_.notify_all();
    for (const auto& [number, ended] : calls) ended();
}

// ---- asking and cancelling -----------------------------------------------------------------------------------------

// Called with the lock held. Whether it could.
bool Operations::cancel(Live& live, const std::string& by_whom) {
    if (live.beyond) return false;
    if (!live.cancelled) {
        live.cancelled_by = by_whom;
        queue_.cancel(live);
    }
    live.stop.request_stop();
    return true;
}

void Operations::cancel(const std::string& id, const std::string& by_whom) {
    {
        std::lock_guard hold(mutex_);
        if (auto* live = queue_.find(id)) {
            if (!cancel(*live, "cancelled by " + by_whom))
                throw Error(Fault::conflict, "operation " + id + " (\"" + live->operation.kind +
                                                 "\") is beyond the point of no return");
            hire_for_ready();
            changed_.notify_all();
            return;
        }
    }
    const auto ended = journal_.find(id);
    if (!ended) throw Error(Fault::not_found, "there is no operation " + id);
    throw Error(Fault::conflict,
                "operation " + id + " has ended: it is " + std::string(to_text(ended->stage)));
}

void Operations::cancel_target(const Uuid& target, const std::string& by_whom) {
    {
        std::lock_guard hold(mutex_);
        for (auto* live : queue_.on(target)) cancel(*live, by_whom);
        hire_for_ready();
    }
    changed_.notify_all();
}

std::optional<Operation> Operations::holder(const Uuid& target) const {
    std::lock_guard hold(mutex_);
    for (const auto* live : queue_.on(target))
        if (live->planned && !live->settled) return live->operation;
    return std::nullopt;
}

bool Operations::is_awaited(const Uuid& target) const {
    std::lock_guard hold(mutex_);
    return std::ranges::any_of(queue_.on(target), [](const auto* live) { return !live->settled; });
}

// Its end is in the journal first, and who has read it there is not told again that it runs.
std::optional<Operation> Operations::find(const std::string& id) {
    std::optional<Operation> running;
    {
        std::lock_guard hold(mutex_);
        if (const auto* live = queue_.find(id)) running = live->operation;
    }
    auto written = journal_.find(id);
    return running && !(written && has_ended(written->stage)) ? running : written;
}

std::size_t Operations::threads() const {
    std::lock_guard hold(mutex_);
    std::size_t all = 0;
    for (const auto& [weight, workers] : workers_) all += workers.threads.size();
    return all;
}

bool Operations::mentions(const Uuid& id) const {
    std::lock_guard hold(mutex_);
    return std::ranges::any_of(queue_.all(), [&](const Live& live) {
        return !live.settled && live.operation.plan.find(id) != std::string::npos;
    });
}

std::size_t Operations::under_way() const {
    std::lock_guard hold(mutex_);
    return queue_.all().size();
}

std::vector<Operation> Operations::all_under_way() const {
    std::vector<Operation> all;
    std::lock_guard hold(mutex_);
    for (const auto& live : queue_.all())
        if (live.planned) all.push_back(live.operation);
    return all;
}

std::uint64_t Operations::call_once(const std::string& id, std::function<void()> ended) {
    std::uint64_t number = 0;
    {
        std::lock_guard hold(mutex_);
        number = ++last_call_;
        if (auto* live = queue_.find(id)) {
            live->calls[number] = std::move(ended);
            calls_[number] = live;
            return number;
        }
    }
    ended();
    return number;
}

void Operations::forget(std::uint64_t call) {
    std::lock_guard hold(mutex_);
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    found->second->calls.erase(call);
    calls_.erase(found);
}

bool Operations::wait(const std::string& id, std::chrono::milliseconds patience) {
    std::unique_lock hold(mutex_);
    return changed_.wait_for(hold, patience, [&] { return queue_.find(id) == nullptr; });
}

void Operations::stop() noexcept {
    std::vector<std::jthread> leaving;
    {
        std::lock_guard hold(mutex_);
        closing_ = true;
        ending_.request_stop();
        for (auto& live : queue_.all()) live.stop.request_stop();
        for (auto& [weight, workers] : workers_) {
            for (auto& thread : workers.threads) leaving.push_back(std::move(thread));
            workers.threads.clear();
        }
    }
    for (auto& thread : leaving) thread.request_stop();
    changed_.notify_all();
} // joins

} // namespace state
