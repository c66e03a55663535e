#pragma once
// A wire test's surroundings: the whole agent on the fake hypervisor, what tests ask it for over HTTP, and a look past
// HTTP at what came of it.
//
// A suite whose cases need more has a Fixture of its own that begins with this one.

#include "tests/support/agent_under_test.hh"
#include "tests/support/asker.hh"
#include "tests/support/eventually.hh"

#include <chrono>
#include <string>

namespace wire {

struct RunningAgent {
    support::AgentUnderTest agent;
};

struct Fixture : RunningAgent, support::Asker {
    // As AgentUnderTest.
    explicit Fixture(service::Settings settings = support::AgentUnderTest::quick_settings(),
                     http::Limits limits = {}, bool disk_may_hang = false)
        : RunningAgent{support::AgentUnderTest(std::move(settings), limits, disk_may_hang)},
          Asker(agent.client()) {}

    // Whether no operation is under way, or comes to be in the end: at all, on that entity.
    bool all_has_ended();
    bool is_free(const std::string& id);
    // As it ended; a test fails that waits for more than 20 s.
    state::Operation end_of(const std::string& operation);

    // Past HTTP.
    hv::MachineSpec spec_of(const std::string& compute);
    bool has_volume(const std::string& id);
};

} // namespace wire
