#pragma once
// Checks that cost the processor milliseconds, made apart from what answers requests: few at a time, so that the rest
// of the host has its share, and in turn for each source, those first from where nobody has failed, so that one who
// guesses delays the others by no more than the check that is under way. Who has failed waits longer and longer before
// his next check is made; others, and other users from the same address, do not.
//
// There is a thread only while there is something to check.
//
// Threads: any. `told` is called on a thread of these, once, but never after the Checks are gone.

#include "agent/base/crew.hh"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace auth {

struct CheckLimits {
    unsigned threads = 2;
    std::size_t waiting = 1024;                                      // in all
    std::size_t waiting_of_one = 32;                                 // of one source
    unsigned free_failures = 3;                                      // before the first pause
    std::chrono::milliseconds first_pause{200}, longest_pause{5000}; // doubled by each failure
    std::chrono::seconds forgotten_after{60};
    std::size_t remembered = 4096; // sources and users that have failed
};

class Checks {
public:
    explicit Checks(const CheckLimits& = {});
    ~Checks();
    Checks(const Checks&) = delete;
    Checks& operator=(const Checks&) = delete;

    enum class Outcome { good, bad, dropped }; // dropped: nobody wanted it any more when its turn came
    using IsGood = std::function<bool()>;      // none of these must throw
    using IsWanted = std::function<bool()>;
    using Told = std::function<void(Outcome)>;

    // False when too many wait: then nothing is called.
    bool begin(
        const std::string& source, const std::string& user, IsGood, Told, IsWanted = [] { return true; });

    // How long the next check of that user from there has to wait.
    std::chrono::milliseconds pause_of(const std::string& source, const std::string& user) const;

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
    Crew crew_;
};

} // namespace auth
