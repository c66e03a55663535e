#pragma once
// What every verb of the fake passes: it counts the call, and lets a test make it wait, fail, or find the hypervisor
// gone.
//
// Threads: any. Verbs go by "<interface>.<verb>", such as "compute.start" or "storage.import"; another name throws
// Error{internal}, so that a misspelt test fails.

#include "agent/base/error.hh"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hv::fake {

// A call fails before it has changed anything, or after it has done all: a lost answer.
enum class When { before, after };

class Gate {
public:
    Gate();

    // Runs `act` as the verb, or throws. A held call that is asked to stop goes on, for `act` to notice.
    template <class F> auto pass(std::string_view verb, F&& act, const std::stop_token& stop = {}) {
        enter(verb, stop);
        if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
            if (!is_ignored(verb)) std::forward<F>(act)();
            leave(verb);
        } else {
            auto result = std::forward<F>(act)();
            leave(verb);
            return result;
        }
    }

    void fail_next(std::string_view verb, Error error, When when);
    // From now on every call fails so, until heal().
    void fail_always(std::string_view verb, Error error);
    // From now on calls succeed and do nothing.
    void ignore(std::string_view verb);
    void heal(std::string_view verb); // of either
    void hold(std::string_view verb);
    void release(std::string_view verb);
    // Whether a call of it waits here now, or does before `patience` is over.
    bool wait_until_held(std::string_view verb, std::chrono::milliseconds patience);

    // Whether that was news.
    bool lose(const std::string& why);
    bool come_back();
    std::optional<std::string> why_lost() const;

    std::uint64_t calls(std::string_view verb) const;
    std::uint64_t calls() const;

private:
    struct Passage {
        bool reaches_hypervisor = true;
        std::uint64_t calls = 0;
        bool held = false, ignored = false;
        unsigned waiting = 0;
        std::array<std::deque<Error>, 2> failures; // by When
        std::optional<Error> always;
    };
    void enter(std::string_view verb, const std::stop_token& stop);
    bool is_ignored(std::string_view verb) const;
    void leave(std::string_view verb);
    void fail(Passage& passage, When when);
    Passage& passage_of(std::string_view verb);
    const Passage& passage_of(std::string_view verb) const;

    mutable std::mutex mutex_;
    std::condition_variable_any moved_;
    std::map<std::string, Passage, std::less<>> passages_;
    std::optional<std::string> why_lost_;
};

} // namespace hv::fake
