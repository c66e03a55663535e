#pragma once
// The answers that were given to requests with an Idempotency-Key, so that the same request again gets the same answer
// and does nothing: also at the same moment, and also after the agent was killed in between.
//
// A key is taken by the first request that brings it. It must either be finished, with an answer that is final, or
// released. What was taken by an earlier run of the agent and never finished is told as `orphaned`, once: the journal
// says what became of it.
//
// Threads: any. Throws Error{unavailable} when the disk does not take it.

#include "agent/base/guarded.hh"
#include "agent/state/database.hh"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace state {

struct Answer {
    int status = 0;
    std::string headers; // as its owner likes to write them down
    std::string type, body;
};

class Answers {
public:
    explicit Answers(Database& database) : database_(database) {}

    enum class Claim {
        taken,    // by this call: do the work, then finish() or release()
        orphaned, // as `taken`, but an earlier run of the agent had it and may have begun the work
        pending,  // another request has it right now
        finished, // here is what was answered
        different // the key was used for another request
    };
    struct Claimed {
        Claim claim = Claim::taken;
        Answer answer{};
    };
    // `digest`: of all that makes up the request. Unless `earlier` counts, a key that nobody has right now is taken
    // anew.
    enum class Earlier { counts, is_forgotten };
    Claimed claim(const std::string& key, const std::string& digest, Earlier earlier = Earlier::counts);
    void finish(const std::string& key, const Answer&);
    void release(const std::string& key);
    // Lets it go without an answer: the next claim of it is told `orphaned`.
    void abandon(const std::string& key) { let_go(key); }

    // Calls `free` once, when the key is finished or released; at once when nobody has it. The number takes it back.
    std::uint64_t call_once(const std::string& key, std::function<void()> free);
    void forget(std::uint64_t call);

private:
    struct Call {
        std::string key;
        std::function<void()> free;
    };
    struct Held {
        std::set<std::string> keys; // with a request of this run
        std::map<std::uint64_t, Call> calls;
        std::uint64_t last_call = 0;
    };
    void let_go(const std::string& key);

    Database& database_;
    Guarded<Held> held_;
};

} // namespace state
