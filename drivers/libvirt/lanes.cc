#include "drivers/libvirt/lanes.hh"

#include "agent/base/error.hh"
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

auto seconds(Clock::duration time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); }

// An exception by its parts: thrown anew on the caller's thread, nothing is shared between the two.
struct Failure {
    Fault fault;
    std::string sentence;
};

std::optional<Failure> failure_of(const std::function<void()>& call) noexcept try {
    call();
    return std::nullopt;
} catch (const Error& error) {
    return Failure{error.fault(), error.what()};
} catch (const std::exception& error) {
    return Failure{Fault::internal, error.what()};
}

} // namespace

struct Lanes::Call {
    Uuid id;
    Verb verb;
    Clock::time_point since = Clock::now();
    bool abandoned = false;
    bool returned = false;
    std::optional<Failure> failure{};
};

struct Lanes::Book {
    mutable std::mutex mutex; // also of what is in each Call
    std::condition_variable returned;
    std::vector<std::shared_ptr<Call>> calls;
    unsigned abandoned = 0;

    void admit(const Uuid&, const Verb&) const;
    void begin(Call&);
    void end(const std::shared_ptr<Call>&, std::optional<Failure>) noexcept;
    void wait(const std::shared_ptr<Call>&);
};

void Lanes::Book::admit(const Uuid& id, const Verb& verb) const {
    const auto same = [&](const auto& call) { return call->id == id; };
    const auto pending = std::ranges::find_if(calls, same);
    if (pending != calls.end() && !verb.beside_others)
        throw Error(Fault::busy,
                    fmt::format("compute {}: '{}' has not returned for {} s", id, (*pending)->verb.name,
                                seconds(Clock::now() - (*pending)->since)));
    if (abandoned >= most_abandoned && !verb.always)
        throw Error(Fault::busy,
                    fmt::format("{}: {} calls have not returned from libvirt, and no more are begun",
                                verb.on(id), abandoned));
    const auto is_long = [](const auto& call) { return call->verb.deadline > long_deadline; };
    if (verb.deadline > long_deadline && std::ranges::count_if(calls, is_long) >= most_long)
        throw Error(Fault::busy, fmt::format("{}: {} others are under way already", verb.on(id), most_long));
}

void Lanes::Book::begin(Call& call) {
    std::lock_guard hold(mutex);
    call.since = Clock::now();
}

void Lanes::Book::end(const std::shared_ptr<Call>& call, std::optional<Failure> failure) noexcept {
    std::lock_guard hold(mutex);
    std::erase(calls, call);
    call->failure = std::move(failure);
    call->returned = true;
    if (call->abandoned) --abandoned;
    returned.notify_all();
}

void Lanes::Book::wait(const std::shared_ptr<Call>& call) {
    std::unique_lock hold(mutex);
    if (!returned.wait_for(hold, call->verb.deadline, [&] { return call->returned; })) {
        call->abandoned = true;
        ++abandoned;
        throw Error(Fault::timeout,
                    fmt::format("{}: no answer for {} s; whether it happened is not known yet",
                                call->verb.on(call->id), seconds(call->verb.deadline)));
    }
    if (call->failure) throw Error(call->failure->fault, call->failure->sentence);
}

Lanes::Turn::Turn(Crew& crew, std::shared_ptr<Book> book, std::shared_ptr<Call> call)
    : crew_(crew), book_(std::move(book)), call_(std::move(call)) {}

Lanes::Turn::~Turn() {
    if (call_) book_->end(call_, std::nullopt);
}

void Lanes::Turn::run(std::function<void()> what) && {
    book_->begin(*call_);
    crew_.run([book = book_, call = call_, what = std::move(what)]() mutable {
        auto failure = failure_of(what);
        what = nullptr; // its seat is free before its caller goes on
        book->end(call, std::move(failure));
    });
    const auto call = std::move(call_);
    book_->wait(call);
}

Lanes::Lanes() : book_(std::make_shared<Book>()), crew_("libvirt-lane") {}

Lanes::~Lanes() = default;

Lanes::Turn Lanes::enter(const Uuid& id, const Verb& verb) {
    std::lock_guard hold(book_->mutex);
    book_->admit(id, verb);
    auto call = std::make_shared<Call>(Call{id, verb});
    book_->calls.push_back(call);
    return {crew_, book_, std::move(call)};
}

unsigned Lanes::abandoned() const {
    std::lock_guard hold(book_->mutex);
    return book_->abandoned;
}

} // namespace hv::libvirt
