#pragma once
// What the tests of the door outward share: a policy that admits loopback, with short times, and what an error says.
//
// Threads: values.

#include "agent/base/error.hh"
#include "agent/fetch/door.hh"
#include "tests/support/scripted_server.hh"

#include <chrono>
#include <optional>
#include <string>

namespace fetch_scene {

using namespace std::chrono_literals;

// Long enough for a machine that is busy: no test waits for these.
inline fetch::Policy inward_policy() {
    fetch::Policy policy;
    policy.allows_http = true;
    policy.networks = {*IpBlock::parse("127.0.0.0/8")};
    policy.times = {20s, 20s, 20s, 60s};
    return policy;
}

struct Refusal {
    Fault fault{};
    std::string sentence; // empty: there was none

    bool says(const std::string& part) const { return sentence.find(part) != std::string::npos; }
};

inline Refusal refusal_of(const fetch::Door& door, const fetch::Question& question,
                          std::stop_token stop = {}) {
    try {
        door.ask(question, std::move(stop));
    } catch (const Error& failure) {
        return {failure.fault(), failure.what()};
    }
    return {};
}

inline Refusal refusal_of(const fetch::Policy& policy, const std::string& url) {
    return refusal_of(fetch::Door(policy), fetch::Question{url});
}

} // namespace fetch_scene
