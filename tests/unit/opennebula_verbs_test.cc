#define BOOST_TEST_DYN_LINK
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/render/opennebula_xml.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <ostream>

namespace data = boost::unit_test::data;
namespace opennebula = render::opennebula;

namespace {

struct VerbCase {
    const char *word, *action, *method;
};
std::ostream& operator<<(std::ostream& out, const VerbCase& one) { return out << one.word; }
const std::array verbs{
    VerbCase{"STOPPED", "suspend", "hibernate"},
    VerbCase{"SUSPENDED", "suspend", "suspend"},
    VerbCase{"RESUME", "start", ""},
    VerbCase{"SHUTDOWN", "stop", "graceful"},
    VerbCase{"POWEROFF", "stop", "acpioff"},
    VerbCase{"CANCEL", "stop", "poweroff"},
    VerbCase{"REBOOT", "restart", "warm"},
    VerbCase{"RESTART", "restart", "warm"},
    VerbCase{"RESET", "restart", "cold"},
    VerbCase{"DONE", "", ""},
};

struct StateCase {
    const char *phase, *state, *shown;
    const char* suspended_in = "";
};
std::ostream& operator<<(std::ostream& out, const StateCase& one) {
    return out << one.phase << "/" << one.state;
}
const std::array states{
    StateCase{"pending", "inactive", "PENDING"},
    StateCase{"pending", "active", "PENDING"},
    StateCase{"deleting", "active", "DONE"},
    StateCase{"failed", "error", "FAILED"},
    StateCase{"failed", "active", "FAILED"},
    StateCase{"ready", "active", "ACTIVE"},
    StateCase{"ready", "suspended", "SUSPENDED"},
    StateCase{"ready", "suspended", "SUSPENDED", "memory"},
    StateCase{"ready", "suspended", "STOPPED", "disk"},
    StateCase{"ready", "inactive", "STOPPED"},
    StateCase{"ready", "error", "FAILED"},
    StateCase{"", "active", "ACTIVE"},
    StateCase{"", "", "PENDING"},
};

occi::Resource compute_in(const StateCase& one) {
    occi::Resource compute;
    if (*one.phase) compute.attributes[occi::name::phase] = one.phase;
    if (*one.state) compute.attributes[occi::name::compute_state] = one.state;
    if (*one.suspended_in) compute.attributes[occi::name::suspended_in] = one.suspended_in;
    return compute;
}

} // namespace

BOOST_AUTO_TEST_SUITE(opennebula_verbs)

BOOST_DATA_TEST_CASE(means_an_action, data::make(verbs), expected) {
    const auto* verb = opennebula::find_verb(expected.word);
    BOOST_REQUIRE(verb);
    BOOST_TEST(verb->word == expected.word);
    BOOST_TEST(verb->action == expected.action);
    BOOST_TEST(verb->method == expected.method);
}

BOOST_DATA_TEST_CASE(is_found_in_any_case, data::make(verbs), expected) {
    BOOST_TEST((opennebula::find_verb(text::lower(expected.word)) == opennebula::find_verb(expected.word)));
}

// A verb that named another action could never be obeyed.
BOOST_DATA_TEST_CASE(can_be_obeyed, data::make(verbs), expected) {
    const occi::Model model;
    const auto* verb = opennebula::find_verb(expected.word);
    BOOST_REQUIRE(verb);
    if (verb->action.empty()) return;
    const auto* action = model.action({occi::scheme::compute_action, std::string(verb->action)});
    BOOST_REQUIRE(action);
    if (verb->method.empty()) return;
    BOOST_REQUIRE(!action->attributes.empty());
    BOOST_TEST(std::ranges::count(action->attributes.front().choices, verb->method) == 1);
}

BOOST_DATA_TEST_CASE(does_not_know,
                     data::make({"", "ACTIVE", "PENDING", "FAILED", "STOP", "DONE ", "RESUMED"}), word) {
    BOOST_TEST(!opennebula::find_verb(word));
}

BOOST_DATA_TEST_CASE(shows_a_state, data::make(states), expected) {
    BOOST_TEST(opennebula::state_of(compute_in(expected)) == expected.shown);
    BOOST_TEST(opennebula::is_state(expected.shown));
}

BOOST_AUTO_TEST_CASE(knows_states_in_any_case_and_no_others) {
    for (const auto* word : {"pending", "Active", "SUSPENDED", "STOPPED", "FAILED", "DONE"})
        BOOST_TEST(opennebula::is_state(word));
    for (const auto* word : {"", "RESUME", "RUNNING", "POWEROFF", "INIT", "DONE2"})
        BOOST_TEST(!opennebula::is_state(word));
}

BOOST_AUTO_TEST_SUITE_END()
