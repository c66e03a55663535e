#pragma once
// Where the keys of the issuer come from, and how old they may be: a file, which is looked at again when a second has
// passed, or a URL, which is asked when its max-age has, bound to five minutes and a day.
//
// While the issuer is away the last good set counts, and what fails is tried again a minute later. A key that nobody
// knows makes the issuer be asked at most once a minute, however many tokens name one.
//
// Threads: any. What waits for something is done on a thread that is there only meanwhile.

#include "agent/auth/bearer_key.hh"
#include "agent/auth/bearer_options.hh"
#include "agent/base/crew.hh"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace auth {

class BearerKeys {
public:
    using Set = std::shared_ptr<const BearerKeySet>; // null: there is none
    using Seen = std::function<void(Set)>;

    // Asks nobody yet.
    explicit BearerKeys(const BearerOptions&);
    // Calls off what is under way, and waits until that has ended, two seconds at most.
    ~BearerKeys();
    BearerKeys(const BearerKeys&) = delete;
    BearerKeys& operator=(const BearerKeys&) = delete;

    // The set to judge by; or nullopt, and `seen` is called with it once, later and on another thread.
    std::optional<Set> look(Seen seen);
    // The same, after a token has named a key that is not in the set: one newer than that, where one may be had.
    std::optional<Set> look_again(Seen seen);

    // What is wrong with the issuer, as a sentence for the health of the agent; empty: nothing.
    std::string trouble() const;

private:
    struct Shared;
    enum class Wait { no, yes };
    std::optional<Set> refresh(Wait, Seen);
    Set give_up(Wait, const std::string& why);

    std::shared_ptr<Shared> shared_; // the errands' too
    Crew crew_{"issuer-keys"};
};

} // namespace auth
