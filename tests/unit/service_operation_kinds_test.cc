#define BOOST_TEST_DYN_LINK
#include "agent/service/all_kinds.hh"
#include "agent/service/operation_kinds.hh"
#include "tests/support/agent_under_test.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace {

using service::KindOfOperation;

// As the services of an agent serve them.
struct Served {
    support::AgentUnderTest agent;
    service::Networks networks{agent.context()};
    service::Storages storages{agent.context()};
    service::Computes computes{agent.context(), networks, storages};
    service::Mixins mixins{agent.context()};
    std::vector<state::OperationKind> kinds = service::all_kinds(computes, storages, networks, mixins);
};

// As releases up to now have written them into journals.
const std::set<std::string_view> journalled = {
    "create compute",     "delete compute",       "define compute again",
    "update compute",     "change disks",         "change NICs",
    "start compute",      "boot compute",         "stop compute",
    "press power button", "force off compute",    "suspend compute",
    "save compute",       "restart compute",      "reset compute",
    "create network",     "delete network",       "bring up network",
    "take down network",  "rename network",       "create storage",
    "import storage",     "upload storage",       "copy storage",
    "save disk",          "save disk later",      "adopt storage",
    "delete storage",     "take storage offline", "bring storage online",
    "change storage",
};

} // namespace

BOOST_AUTO_TEST_SUITE(operation_kinds)

BOOST_AUTO_TEST_CASE(are_called_as_in_the_journals_of_earlier_releases) {
    std::set<std::string_view> names;
    for (const auto& row : service::operation_kinds())
        BOOST_TEST(names.insert(row.name).second, row.name << " stands twice");
    BOOST_TEST(names == journalled, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(are_each_served_by_one_service, Served) {
    for (const auto& row : service::operation_kinds())
        BOOST_TEST(std::ranges::count(kinds, row.name, &state::OperationKind::name) == 1, row.name);
}

BOOST_FIXTURE_TEST_CASE(have_a_row_for_all_that_services_do, Served) {
    for (const auto& kind : kinds) {
        const auto* row = service::find_kind(kind.name);
        BOOST_TEST_REQUIRE(row, kind.name);
        BOOST_TEST((kind.weight == row->traits.weight));
        BOOST_TEST(kind.at_once == row->traits.at_once);
    }
}

BOOST_AUTO_TEST_CASE(tell_which_one_an_operation_is_of) {
    state::Operation operation;
    operation.kind = "import storage";
    BOOST_TEST(is(operation, KindOfOperation::import_storage));
    BOOST_TEST(!is(operation, KindOfOperation::upload_storage));
    BOOST_TEST(service::find_kind("import") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
