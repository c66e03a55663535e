// Every state x every word: what is asked by a STATE of the XML and by an action of OCCI is the same thing, what would
// do nothing says so, and from each state there is a way to off, to on and to gone.
#define BOOST_TEST_DYN_LINK
#include "agent/render/opennebula_xml.hh"
#include "tests/support/words.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <optional>
#include <ostream>

namespace data = boost::unit_test::data;

namespace {

using hv::MachineState;
using enum hv::MachineState;

struct State {
    MachineState state;
    const char *name, *word; // as the XML shows it
};
std::ostream& operator<<(std::ostream& out, const State& one) { return out << one.name; }
const std::array states{State{running, "running", "ACTIVE"}, State{paused, "paused", "SUSPENDED"},
                        State{off, "off", "STOPPED"},        State{saved, "saved", "STOPPED"},
                        State{crashed, "crashed", "FAILED"}, State{unknown, "unknown", "STOPPED"}};

struct Way {
    const char *action, *method;
};
std::ostream& operator<<(std::ostream& out, const Way& one) { return out << one.action << " " << one.method; }
const std::array ways{Way{"start", "warm"},        Way{"start", "cold"},       Way{"stop", "graceful"},
                      Way{"stop", "acpioff"},      Way{"stop", "poweroff"},    Way{"suspend", "suspend"},
                      Way{"suspend", "hibernate"}, Way{"restart", "graceful"}, Way{"restart", "warm"},
                      Way{"restart", "cold"}};

const std::array<std::string, 9> all_words{"STOPPED", "SUSPENDED", "RESUME",  "SHUTDOWN", "POWEROFF",
                                           "CANCEL",  "REBOOT",    "RESTART", "RESET"};

struct Outcome {
    bool refused = false;
    MachineState after = unknown;
    std::string said;
    bool operator==(const Outcome& other) const { return refused == other.refused && after == other.after; }
};
std::ostream& operator<<(std::ostream& out, const Outcome& one) {
    return out << (one.refused ? "refused, " : "done, ") << static_cast<int>(one.after) << ": " << one.said;
}

struct Fixture : wire::Fixture {
    std::string compute_in(const State& wanted) {
        const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
        if (wanted.state != running) agent.host().set_state(id, wanted.state, "as the test wants");
        BOOST_REQUIRE(support::eventually([&] {
            const auto seen = agent.inventory().now();
            const auto* machine = state::find(seen->machines, id);
            return machine && machine->state == wanted.state && !agent.operations().holder(id);
        }));
        return id;
    }
    Outcome outcome(const std::string& id, const support::Answer& answer, int refusal) {
        BOOST_TEST((answer.status == refusal || answer.status == 200 || answer.status == 202), answer.body);
        BOOST_TEST(is_free(id));
        const auto machine = agent.host().compute().find(id);
        return {answer.status == refusal, machine ? machine->state : unknown, answer.body};
    }
    Outcome act(const std::string& id, const std::string& action, const std::string& method) {
        const auto attribute = method.empty() ? "" : words::attribute("method=\"" + method + "\"");
        return outcome(id, wire::Fixture::act("/compute/" + id, action, attribute), 409);
    }
    bool has_way(const State& from, MachineState to) {
        for (const auto& way : ways)
            if (const auto end = act(compute_in(from), way.action, way.method);
                !end.refused && end.after == to)
                return true;
        return false;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_ways, Fixture)

BOOST_DATA_TEST_CASE(a_word_does_what_its_action_does, data::make(states) * data::make(all_words), from,
                     word) {
    const auto* verb = render::opennebula::find_verb(word);
    BOOST_REQUIRE(verb);
    const auto id = compute_in(from);
    const auto answer = put(id, word);
    if (word == from.word) { // it asserts what is so
        BOOST_TEST(answer.status == 200);
        return;
    }
    const auto by_word = outcome(id, answer, 403);
    const auto by_action = act(compute_in(from), std::string(verb->action), std::string(verb->method));
    BOOST_TEST(by_word == by_action);
}

BOOST_DATA_TEST_CASE(an_action_does_something_or_says_that_it_does_not, data::make(states) * data::make(ways),
                     from, way) {
    const auto id = compute_in(from);
    const auto before = agent.inventory().told_of(id).boots;
    const auto end = act(id, way.action, way.method);
    if (end.refused) {
        BOOST_TEST(end.said.find("compute " + id + " is ") != std::string::npos, end.said);
        BOOST_TEST((end.after == from.state));
    } else
        BOOST_TEST((end.after != from.state || agent.inventory().told_of(id).boots > before));
}

BOOST_DATA_TEST_CASE(there_is_a_way_to_off_to_on_and_to_gone, data::make(states), from) {
    BOOST_TEST((from.state == off || has_way(from, off)));
    BOOST_TEST((from.state == running || from.state == unknown || has_way(from, running)));
    const auto id = compute_in(from);
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
    BOOST_TEST(agent.state_of(id) == "404");
}

BOOST_DATA_TEST_CASE(what_is_not_offered_is_refused, data::make(states) * data::make(ways), from, way) {
    const auto id = compute_in(from);
    const auto offered = client.send("GET", "/compute/" + id, {}, {{"Accept", "text/plain"}}).body;
    if (offered.find("?action=" + std::string(way.action)) == std::string::npos)
        BOOST_TEST(act(id, way.action, way.method).refused);
}

BOOST_DATA_TEST_CASE(a_failed_creation_can_only_go, data::make(all_words), word) {
    agent.host().fail_next("compute.define", Error(Fault::conflict, "as the test wants"));
    const auto id = client.post("/compute", "<COMPUTE><NICS/></COMPUTE>").id();
    BOOST_REQUIRE(agent.becomes(id, "FAILED"));
    BOOST_REQUIRE(is_free(id));
    BOOST_TEST(put(id, word).status == 403);
    BOOST_TEST(client.remove("/compute/" + id).status == 204);
}

// Issue 11, 13: every verb was refused, or did nothing and said 200.
BOOST_AUTO_TEST_CASE(saved_memory_that_cannot_be_read_has_ways_out) {
    const auto id = compute_in(states[3]);
    agent.host().fail_always("compute.start",
                             Error(Fault::internal, "start compute: image magic is incorrect"));
    BOOST_TEST(put(id, "RESUME").status == 202);
    BOOST_REQUIRE(is_free(id));
    const auto shown = client.get("/compute/" + id).body;
    BOOST_TEST(support::element(shown, "STATE") == "STOPPED");
    const auto message = support::element(shown, "MESSAGE");
    BOOST_TEST(message.find("image magic is incorrect; its memory is still saved") != std::string::npos,
               message);
    BOOST_TEST(message.find("force it off to discard that") != std::string::npos);
    agent.host().heal("compute.start");
    const auto end = act(id, "start", "cold");
    BOOST_TEST((!end.refused && end.after == running));
    BOOST_TEST(agent.host().calls("compute.discard") == 1U);
    BOOST_TEST(client.get("/compute/" + id).body.find("<MESSAGE>") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
