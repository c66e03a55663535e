#pragma once
// One question to one origin, without following where it leads: what libcurl is told, and what its callbacks watch.
//
// Threads: one owner, whose thread runs it; the stop token may be told from any.

#include "agent/fetch/door.hh"
#include "agent/fetch/url.hh"

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace fetch {

using Clock = std::chrono::steady_clock;

struct Hop {
    const Question& question;
    const Policy& policy;
    Url url;
    std::vector<Ip> pinned{}; // empty behind a proxy
    bool shows_authorization = false;
    Clock::time_point began = Clock::now();         // of this hop
    std::optional<Clock::time_point> whole_until{}; // of all hops

    // Where it leads (Location, for a redirect that is to be followed), or nullopt: the answer has gone to the sink.
    // `head` is filled in either way.
    std::optional<std::string> run(Head& head, const Sink&, const std::stop_token&) const;
};

} // namespace fetch
