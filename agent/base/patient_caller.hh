#pragma once
// A call that may never return, such as one into a disk that hangs, made without hanging with it: it runs on a thread
// that is left behind, and counted, when nobody wants to wait for it any longer.
//
// Threads: any. The work owns all that it touches, since its caller may be gone, and so may this object.

#include "agent/base/crew.hh"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

class PatientCaller {
    struct Book;

public:
    using Clock = std::chrono::steady_clock;
    using Waited = std::chrono::milliseconds;
    // Asked again and again while the work goes on, first after a quarter of a second: whether to wait on.
    using GoOn = std::function<bool(Waited)>;

    // So many may be left behind; then no more are begun.
    PatientCaller(std::string name_of_threads, unsigned most_left);

    // What `work` returns. Throws what it throws; Error{timeout} when `go_on` has given it up; Error{busy} when it
    // cannot be begun. Sentences begin with `doing`.
    template <class F> auto call(const std::string& doing, const GoOn& go_on, F work) {
        using Result = std::invoke_result_t<F&>;
        if constexpr (std::is_void_v<Result>) {
            run(doing, go_on, std::move(work));
        } else {
            const auto result = std::make_shared<std::optional<Result>>();
            run(doing, go_on,
                [result, work = std::make_shared<F>(std::move(work))] { result->emplace((*work)()); });
            return std::move(**result);
        }
    }
    template <class F> auto call(const std::string& doing, std::chrono::milliseconds deadline, F work) {
        return call(
            doing, [deadline](Waited waited) { return waited < deadline; }, std::move(work));
    }
    unsigned left_behind() const;
    // For how long the oldest call has not returned; nullopt: all have.
    std::optional<Waited> oldest() const;
    unsigned under_way() const;

private:
    void run(const std::string& doing, const GoOn&, std::function<void()> work);

    const unsigned most_left_;
    std::shared_ptr<Book> book_;
    Crew crew_;
};
