#pragma once
// A live test's surroundings: a real agent, the node seen past it, words for what tests do, and the proof at the end
// that nothing is left.

#include "tests/live/node.hh"
#include "tests/support/agent_process.hh"
#include "tests/support/asker.hh"

#include <string>

namespace live {

using support::element;

struct RunningAgent {
    support::AgentProcess agent;
};

struct Fixture : RunningAgent, support::Asker {
    Node node;
    Traces before; // once the agent is up and its default network is there

    explicit Fixture(const support::AgentSettings& settings = {});

    // Each makes one through the interface; its id.
    std::string image(const std::string& guest); // "micro.raw", ready when it returns
    std::string network(const std::string& address = "10.201.0.0", const std::string& more = "");
    std::string compute(const std::string& inside); // may still be pending

    std::string state_of(const std::string& compute) const; // "404" when there is none
    bool becomes(const std::string& compute, const std::string& state) const;
    std::string condition_of(const std::string& compute) const; // "known" when the entry names none
    bool is_seen_as(const std::string& compute, const std::string& condition) const; // comes to be

    // Whether an event says, or comes to say, that this happened to it; the last line that does.
    bool was_told(const std::string& id, const std::string& what) const;
    std::string told(const std::string& id, const std::string& what) const;
    bool all_has_ended() const; // no operation is under way, or comes to be in the end
    // An action, which has ended when it returns.
    support::Answer act_to_the_end(const std::string& path, const std::string& term,
                                   const std::string& attributes = {}) const;
    // Puts a compute into a state by that word: "CANCEL" leads to "STOPPED".
    void go(const std::string& compute, const std::string& word, const std::string& state) const;

    // What the guest wrote to its serial port so far; whether it comes to write `words`, and is ready
    // for what comes next.
    std::string console(const std::string& compute) const;
    bool says(const std::string& compute, const std::string& words) const;

    void remove(const std::string& path) const; // and waits until it is gone

    // Nothing more than before, past the agent.
    bool nothing_is_left() const;
};

// As systemd does with one that has died by itself: libvirtd 9.0 crashes now and then when it goes on after having
// stood still, by what has piled up meanwhile (RemoveID of an event's callback, of connections that are gone).
void revive_libvirtd();

std::string disk(const std::string& image); // <DISK image="..."/>
std::string nic(const std::string& network, const std::string& address = "");

} // namespace live
