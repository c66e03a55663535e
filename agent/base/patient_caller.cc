#include "agent/base/patient_caller.hh"

#include "agent/base/error.hh"
#include "agent/base/failure.hh"

#include <condition_variable>
#include <list>
#include <mutex>

namespace {

constexpr std::chrono::milliseconds between_questions{250};

} // namespace

struct PatientCaller::Book {
    struct Call {
        Clock::time_point since = Clock::now();
        bool left = false, returned = false;
        std::optional<Failure> failure{};
    };

    std::mutex mutex; // also of what is in each Call
    std::condition_variable changed;
    std::list<std::shared_ptr<Call>> calls;
    unsigned left = 0;

    void end(const std::shared_ptr<Call>& call, std::optional<Failure> failure) noexcept {
        std::lock_guard hold(mutex);
        std::erase(calls, call);
        call->failure = std::move(failure);
        call->returned = true;
        if (call->left) --left;
        changed.notify_all();
    }
};

PatientCaller::PatientCaller(std::string name_of_threads, unsigned most_left)
    : most_left_(most_left), book_(std::make_shared<Book>()), crew_(std::move(name_of_threads)) {}

void PatientCaller::run(const std::string& doing, const GoOn& go_on, std::function<void()> work) {
    const auto call = std::make_shared<Book::Call>();
    {
        std::lock_guard hold(book_->mutex);
        if (book_->left >= most_left_)
            throw Error(Fault::busy, doing + ": " + std::to_string(book_->left) +
                                         " calls have not returned, and no more are begun");
        book_->calls.push_back(call);
    }
    try {
        crew_.run([book = book_, call, work = std::move(work)]() mutable {
            auto failure = failure_of(work);
            work = nullptr; // what it holds is let go before its caller goes on
            book->end(call, std::move(failure));
        });
    } catch (...) {
        book_->end(call, std::nullopt);
        throw;
    }
    std::unique_lock hold(book_->mutex);
    while (!book_->changed.wait_for(hold, between_questions, [&] { return call->returned; })) {
        const auto waited = std::chrono::duration_cast<Waited>(Clock::now() - call->since);
        hold.unlock();
        const bool waits_on = go_on(waited);
        hold.lock();
        if (waits_on || call->returned) continue;
        call->left = true;
        ++book_->left;
        throw Error(Fault::timeout,
                    doing + ": no answer for " +
                        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(waited).count()) +
                        " s; whether it happened is not known yet");
    }
    if (call->failure) call->failure->raise();
}

unsigned PatientCaller::left_behind() const {
    std::lock_guard hold(book_->mutex);
    return book_->left;
}

std::optional<PatientCaller::Waited> PatientCaller::oldest() const {
    std::lock_guard hold(book_->mutex);
    if (book_->calls.empty()) return std::nullopt;
    return std::chrono::duration_cast<Waited>(Clock::now() - book_->calls.front()->since);
}

unsigned PatientCaller::under_way() const {
    std::lock_guard hold(book_->mutex);
    return static_cast<unsigned>(book_->calls.size());
}
