#pragma once
// Many clients at once, and one that looks on meanwhile: how long the agent lets each of them wait.
//
// Threads: as said.

#include "tests/support/agent_process.hh"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace live {

class Stopwatch {
public:
    std::chrono::microseconds time() const; // since it was made

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// Far more than an answer takes that waits for nobody, far less than one that waits for libvirt.
constexpr auto prompt = std::chrono::seconds(3);

struct Timed {
    support::Answer answer; // status 0: there was none
    std::chrono::microseconds took{};
};

// Each on a thread of its own, all let go at the same moment; returns when the last one has its answer.
std::vector<Timed> all_at_once(std::size_t count, const std::function<support::Answer()>& request);

std::chrono::microseconds slowest(const std::vector<Timed>&);
std::map<int, std::size_t> statuses(const std::vector<Timed>&);

std::string to_text(std::chrono::microseconds);                  // "0.4 ms", "3.4 s"
std::string to_text(const std::map<int, std::size_t>& statuses); // "9 x 202, 191 x 503"

// Reads some paths again and again on a thread of its own, from its making until looked().
class Onlooker {
public:
    struct Seen {
        std::vector<std::chrono::microseconds> times; // of the answers, the slowest last
        std::string failures;                         // each answer but 200, with its path
        unsigned threads = 0;                         // the most that the agent had
        std::chrono::microseconds slowest() const;    // of none: 0
        // "", or what is wrong with it: an answer that failed or waited for libvirt, threads without end.
        std::string complaint() const;
        std::string text() const; // "1234 reads, 99 % within 0.4 ms, the slowest 12.0 ms; at most 45 threads"
    };
    Onlooker(const support::AgentProcess&, std::vector<std::string> paths);
    Seen looked(); // ends it; idempotent

private:
    void look(const std::stop_token&);

    const support::AgentProcess& agent_;
    const std::vector<std::string> paths_;
    Seen seen_; // the thread's until it is joined
    std::jthread thread_;
};

} // namespace live
