// Whatever several clients ask at a time, on the fake driver: quick, so with many overlaps.
#define BOOST_TEST_DYN_LINK
#include "agent/base/uuid.hh"
#include "tests/support/agent_under_test.hh"
#include "tests/support/random_life.hh"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace {

struct Fixture {
    static std::uint64_t chosen_seed() {
        const char* wanted = std::getenv("OCCI_AGENT_SEED");
        return wanted && *wanted ? std::strtoull(wanted, nullptr, 10) : std::random_device()();
    }

    const std::uint64_t seed = chosen_seed();
    support::AgentUnderTest agent;

    void live_a_hundred_rounds(bool deaf) {
        agent.host().set_all_deaf(deaf);
        const auto disk = "<DISK image=\"" + agent.image() + "\"/>";
        std::vector<support::RandomLife::Slot> slots;
        for (int i = 0; i < 3; ++i) slots.push_back({new_uuid(), disk, "<NICS/>", deaf});
        support::RandomLife life(agent.client(), slots, seed);
        for (int i = 0; i < 20; ++i) {
            const auto wrong = life.next(5);
            for (const auto& each : wrong) BOOST_ERROR("OCCI_AGENT_SEED=" << seed << ": " << each);
            if (!wrong.empty()) break;
        }
        BOOST_TEST_MESSAGE("OCCI_AGENT_SEED=" << seed << ": " << life.told());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_random, Fixture)

BOOST_AUTO_TEST_CASE(has_an_order_that_explains_it) { live_a_hundred_rounds(false); }
BOOST_AUTO_TEST_CASE(has_an_order_that_explains_it_when_no_guest_listens) { live_a_hundred_rounds(true); }

BOOST_AUTO_TEST_SUITE_END()
