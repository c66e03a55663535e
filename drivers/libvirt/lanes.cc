#include "drivers/libvirt/lanes.hh"

#include "agent/base/error.hh"
#include "agent/base/failure.hh"
#include "agent/base/log.hh"

#include <algorithm>
#include <condition_variable>
#include <fmt/core.h>
#include <mutex>
#include <optional>
#include <vector>

namespace hv::libvirt {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto long_deadline = 60s;
constexpr auto patience_for_a_place = 5s;

auto seconds(Clock::duration time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); }

} // namespace

struct Lanes::Call {
    Uuid id;
    Verb verb;
    bool reacts = true; // the domain, as far as is known
    Clock::time_point since = Clock::now();
    bool begun = false;
    bool abandoned = false;
    bool returned = false;
    std::optional<Failure> failure{};

    bool is_stuck(Clock::time_point now) const { return begun && now - since > verb.usual; }
};

struct Lanes::Book {
    mutable std::mutex mutex; // also of what is in each Call
    std::condition_variable returned;
    std::vector<std::shared_ptr<Call>> calls;
    unsigned abandoned = 0;

    // Why there is no place, and whether there may soon be one; empty: there is.
    struct Refusal {
        std::string why;
        bool soon = false;
    };
    Refusal refusal(const Call&) const;
    void refuse_second(const Call&) const;
    void admit(std::unique_lock<std::mutex>&, const Call&);
    void begin(Call&);
    void end(const std::shared_ptr<Call>&, std::optional<Failure>) noexcept;
    void wait(const std::shared_ptr<Call>&, const std::function<void()>& when_stuck);
};

void Lanes::Book::refuse_second(const Call& wanted) const {
    const auto same = [&](const auto& call) { return call->id == wanted.id; };
    const auto pending = std::ranges::find_if(calls, same);
    if (pending != calls.end() && !wanted.verb.beside_others)
        throw Error(Fault::busy,
                    fmt::format("compute {}: '{}' has not returned for {} s", wanted.id,
                                (*pending)->verb.name, seconds(Clock::now() - (*pending)->since)));
}

Lanes::Book::Refusal Lanes::Book::refusal(const Call& wanted) const {
    const auto now = Clock::now();
    unsigned inside = 0, stuck = 0, long_ones = 0, urgent = 0, urgent_stuck = 0;
    for (const auto& call : calls) {
        if (call->verb.urgent) {
            ++urgent;
            if (!call->reacts || call->is_stuck(now)) ++urgent_stuck;
            continue;
        }
        ++inside;
        if (call->is_stuck(now)) ++stuck;
        if (call->verb.deadline > long_deadline) ++long_ones;
    }
    if (wanted.verb.urgent) {
        const bool full = urgent >= most_urgent || (!wanted.reacts && urgent_stuck >= most_urgent_stuck);
        return {full ? fmt::format("{} are being forced off or removed already", urgent) : "", false};
    }
    if (wanted.verb.deadline > long_deadline && long_ones >= most_long)
        return {fmt::format("{} others are under way already", most_long), false};
    const bool full = inside >= most_inside || (stuck >= many_stuck && inside > stuck);
    if (!full) return {};
    return {fmt::format("{} calls are inside libvirt, of which {} do not come back", inside, stuck),
            inside > stuck};
}

void Lanes::Book::admit(std::unique_lock<std::mutex>& hold, const Call& wanted) {
    const auto until = Clock::now() + patience_for_a_place;
    for (;;) {
        refuse_second(wanted);
        const auto refused = refusal(wanted);
        if (refused.why.empty()) return;
        if (!refused.soon || returned.wait_until(hold, until) == std::cv_status::timeout)
            throw Error(Fault::busy, wanted.verb.on(wanted.id) + ": " + refused.why);
    }
}

void Lanes::Book::begin(Call& call) {
    std::lock_guard hold(mutex);
    call.since = Clock::now();
    call.begun = true;
}

void Lanes::Book::end(const std::shared_ptr<Call>& call, std::optional<Failure> failure) noexcept {
    std::lock_guard hold(mutex);
    std::erase(calls, call);
    call->failure = std::move(failure);
    call->returned = true;
    if (call->abandoned) --abandoned;
    returned.notify_all();
}

void Lanes::Book::wait(const std::shared_ptr<Call>& call, const std::function<void()>& when_stuck) {
    const auto& verb = call->verb;
    std::unique_lock hold(mutex);
    const auto is_back = [&] { return call->returned; };
    if (verb.usual < verb.deadline && !returned.wait_until(hold, call->since + verb.usual, is_back)) {
        returned.notify_all(); // it gives up its place
        hold.unlock();
        if (when_stuck) when_stuck();
        hold.lock();
    }
    if (!returned.wait_until(hold, call->since + verb.deadline, is_back)) {
        call->abandoned = true;
        ++abandoned;
        throw Error(Fault::timeout,
                    fmt::format("{}: no answer for {} s; whether it happened is not known yet",
                                verb.on(call->id), seconds(verb.deadline)));
    }
    if (call->failure) call->failure->raise();
}

Lanes::Pass::Pass(Crew& crew, std::shared_ptr<Book> book, std::shared_ptr<Call> call)
    : crew_(crew), book_(std::move(book)), call_(std::move(call)) {}

Lanes::Pass::~Pass() {
    if (call_) book_->end(call_, std::nullopt);
}

void Lanes::Pass::run(std::function<void()> what, const std::function<void()>& when_stuck) && {
    book_->begin(*call_);
    crew_.run([book = book_, call = call_, what = std::move(what)]() mutable {
        auto failure = failure_of(what);
        what = nullptr; // its seat is free before its caller goes on
        book->end(call, std::move(failure));
    });
    const auto call = std::move(call_);
    book_->wait(call, when_stuck);
}

Lanes::Lanes() : book_(std::make_shared<Book>()), crew_("libvirt-lane") {}

Lanes::~Lanes() = default;

Lanes::Pass Lanes::enter(const Uuid& id, const Verb& verb, bool reacts) {
    auto call = std::make_shared<Call>(Call{id, verb, reacts});
    std::unique_lock hold(book_->mutex);
    book_->admit(hold, *call);
    book_->calls.push_back(call);
    return {crew_, book_, std::move(call)};
}

unsigned Lanes::stuck() const {
    std::lock_guard hold(book_->mutex);
    const auto now = Clock::now();
    return static_cast<unsigned>(
        std::ranges::count_if(book_->calls, [&](const auto& call) { return call->is_stuck(now); }));
}

unsigned Lanes::abandoned() const {
    std::lock_guard hold(book_->mutex);
    return book_->abandoned;
}

} // namespace hv::libvirt
