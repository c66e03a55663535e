#include "agent/auth/checks.hh"

#include "agent/base/error.hh"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace auth {
namespace {

using Clock = std::chrono::steady_clock;
using Who = std::pair<std::string, std::string>; // source and user

struct Check {
    std::string user;
    Checks::IsWanted is_wanted;
    Checks::IsGood is_good;
    Checks::Told told;
};

struct Failures {
    unsigned count = 0;
    Clock::time_point last{};
};

} // namespace

struct Checks::Shared {
    explicit Shared(const CheckLimits& these) : limits(these) {}

    const CheckLimits limits;
    mutable std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, std::deque<Check>> queues; // by source; none is empty
    std::map<Who, Failures> failures;
    std::map<std::string, Clock::time_point> suspects; // sources, by their last failure
    std::string served_last;
    std::size_t waiting = 0;
    unsigned threads = 0;
    bool closed = false;

    Clock::time_point due(const Who& who) const {
        const auto known = failures.find(who);
        if (known == failures.end() || known->second.count < limits.free_failures) return {};
        const auto doublings = std::min(known->second.count - limits.free_failures, 16U);
        return known->second.last + std::min(limits.longest_pause, limits.first_pause * (1 << doublings));
    }

    bool is_suspect(const std::string& source, Clock::time_point now) const {
        const auto known = suspects.find(source);
        return known != suspects.end() && now - known->second < limits.forgotten_after;
    }

    // Of the next source in turn. Those from where nobody has failed come first, so that many who guess from many
    // addresses have each one guess before an honest one, and no more.
    std::optional<std::pair<std::string, Check>> take(std::optional<Clock::time_point>& soonest) {
        auto taken = take_of(false, soonest);
        return taken ? std::move(taken) : take_of(true, soonest);
    }

    // The first that is due. `soonest`: when there will be one.
    std::optional<std::pair<std::string, Check>> take_of(bool suspect,
                                                         std::optional<Clock::time_point>& soonest) {
        const auto now = Clock::now();
        auto at = queues.upper_bound(served_last);
        for (std::size_t seen = 0; seen < queues.size(); ++seen, ++at) {
            if (at == queues.end()) at = queues.begin();
            if (is_suspect(at->first, now) != suspect) continue;
            auto& queue = at->second;
            for (auto each = queue.begin(); each != queue.end(); ++each) {
                const auto when = due({at->first, each->user});
                if (when > now) {
                    soonest = std::min(soonest.value_or(when), when);
                    continue;
                }
                std::pair<std::string, Check> taken(at->first, std::move(*each));
                queue.erase(each);
                served_last = taken.first;
                if (queue.empty()) queues.erase(at);
                --waiting;
                return taken;
            }
        }
        return std::nullopt;
    }

    void forget_old() {
        const auto before = Clock::now() - limits.forgotten_after;
        std::erase_if(failures, [&](const auto& each) { return each.second.last < before; });
        std::erase_if(suspects, [&](const auto& each) { return each.second < before; });
        if (suspects.size() > limits.remembered) suspects.erase(suspects.begin());
        // Somebody fails under many names: those who have failed least are forgotten first.
        while (failures.size() > limits.remembered)
            failures.erase(std::ranges::min_element(failures, {}, [](const auto& each) {
                return std::pair(each.second.count, each.second.last);
            }));
    }

    void note(const Who& who, bool is_good) {
        if (is_good) {
            failures.erase(who);
            return;
        }
        auto& of_him = failures[who];
        const auto now = Clock::now();
        of_him = {now - of_him.last > limits.forgotten_after ? 1 : of_him.count + 1, now};
        suspects[who.first] = now;
        if (failures.size() > limits.remembered || suspects.size() > limits.remembered) forget_old();
    }

    // On a thread of the crew, until there is nothing to do.
    void work() noexcept {
        std::unique_lock hold(mutex);
        while (!closed && waiting > 0) {
            std::optional<Clock::time_point> soonest;
            auto next = take(soonest);
            if (!next) {
                changed.wait_until(hold, soonest.value_or(Clock::now() + std::chrono::seconds(1)));
                continue;
            }
            hold.unlock();
            auto& [source, check] = *next;
            // Who has gone meanwhile learns nothing, and costs nothing.
            const auto outcome = !check.is_wanted() ? Outcome::dropped
                                 : check.is_good()  ? Outcome::good
                                                    : Outcome::bad;
            hold.lock();
            if (outcome != Outcome::dropped) note({source, check.user}, outcome == Outcome::good);
            if (closed) break;
            hold.unlock();
            check.told(outcome);
            next.reset();
            hold.lock();
        }
        --threads;
        changed.notify_all();
    }
};

Checks::Checks(const CheckLimits& limits)
    : shared_(std::make_shared<Shared>(limits)), crew_("passwords", std::chrono::seconds(5)) {}

Checks::~Checks() {
    std::unique_lock hold(shared_->mutex);
    shared_->closed = true;
    shared_->changed.notify_all();
    shared_->changed.wait(hold, [&] { return shared_->threads == 0; });
    shared_->queues.clear();
}

bool Checks::begin(const std::string& source, const std::string& user, IsGood is_good, Told told,
                   IsWanted is_wanted) {
    std::lock_guard hold(shared_->mutex);
    auto& shared = *shared_;
    const auto queue = shared.queues.find(source);
    const auto of_one = queue == shared.queues.end() ? 0 : queue->second.size();
    if (shared.waiting >= shared.limits.waiting || of_one >= shared.limits.waiting_of_one) return false;
    shared.queues[source].push_back({user, std::move(is_wanted), std::move(is_good), std::move(told)});
    ++shared.waiting;
    shared.changed.notify_one();
    if (shared.threads >= std::min<std::size_t>(shared.limits.threads, shared.waiting)) return true;
    ++shared.threads;
    try {
        crew_.run([shared = shared_] { shared->work(); });
    } catch (const Error&) {
        if (--shared.threads > 0) return true; // the others will come to it
        auto& mine = shared.queues[source];
        mine.pop_back();
        if (mine.empty()) shared.queues.erase(source);
        --shared.waiting;
        return false;
    }
    return true;
}

std::chrono::milliseconds Checks::pause_of(const std::string& source, const std::string& user) const {
    std::lock_guard hold(shared_->mutex);
    const auto left = shared_->due({source, user}) - Clock::now();
    return std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(left));
}

} // namespace auth
