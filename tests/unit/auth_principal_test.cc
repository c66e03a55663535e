#define BOOST_TEST_DYN_LINK
#include "agent/auth/permission.hh"
#include "agent/base/error.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <vector>

using auth::Principal, auth::Role;

namespace {

enum class Can { nothing, see, change };

struct Claim {
    const char* text;
    Principal who;
    Ownership what;
    Can can;
};
std::ostream& operator<<(std::ostream& out, const Claim& claim) { return out << claim.text; }

const Principal viewer{"vic", Role::viewer, "lab"}, ann{"ann", Role::user, "lab"}, loner{"ann", Role::user},
    chief{"otto", Role::operator_of_group, "lab"}, lost_chief{"otto", Role::operator_of_group},
    conductor{"orc", Role::orchestrator, "lab"}, free_conductor{"orc", Role::orchestrator},
    root{"root", Role::administrator};
const Ownership of_ann{"ann", "lab"}, of_bob{"bob", "lab"}, of_others{"eve", "den"}, of_nobody{},
    of_ungrouped{"bob", ""}, for_lab{"bob", "lab", Share::group}, for_den{"eve", "den", Share::group},
    for_all{"eve", "den", Share::everybody}, of_host{"", "", Share::everybody},
    for_no_group{"bob", "", Share::group}, of_viewer{"vic", "lab"};

using enum Can;
const std::vector<Claim> claims{
    {"a viewer and its own", viewer, of_viewer, see},
    {"a viewer and its group's", viewer, of_bob, see},
    {"a viewer and another group's", viewer, of_others, nothing},
    {"a viewer and what is for all", viewer, for_all, see},
    {"a viewer and what is for another group", viewer, for_den, nothing},
    {"a viewer and nobody's", viewer, of_nobody, nothing},

    {"a user and her own", ann, of_ann, change},
    {"a user of no group and her own", loner, of_ann, change},
    {"a user and her group's", ann, of_bob, nothing},
    {"a user and what is for her group", ann, for_lab, see},
    {"a user of no group and what is for one", loner, for_lab, nothing},
    {"a user of no group and what is for none", loner, for_no_group, nothing},
    {"a user and what is for another group", ann, for_den, nothing},
    {"a user and what is for all", ann, for_all, see},
    {"a user and the host's", ann, of_host, see},
    {"a user and nobody's", ann, of_nobody, nothing},

    {"an operator and his group's", chief, of_bob, change},
    {"an operator and another group's", chief, of_others, nothing},
    {"an operator and what is of no group", chief, of_ungrouped, nothing},
    {"an operator of no group and what is of none", lost_chief, of_ungrouped, nothing},
    {"an operator and what is for another group", chief, for_den, nothing},
    {"an operator and what is for all", chief, for_all, see},
    {"an operator and nobody's", chief, of_nobody, nothing},

    {"an orchestrator and its group's", conductor, of_ann, change},
    {"an orchestrator of a group and another's", conductor, of_others, nothing},
    {"an orchestrator of no group and anybody's", free_conductor, of_others, change},
    {"an orchestrator of no group and the host's", free_conductor, of_host, see},
    {"an orchestrator of no group and nobody's", free_conductor, of_nobody, nothing},

    {"an administrator and anybody's", root, of_others, change},
    {"an administrator and nobody's", root, of_nobody, change},
};

} // namespace

BOOST_AUTO_TEST_SUITE(auth_principal)

// Who sees and who changes what: the whole rule, row by row.
BOOST_DATA_TEST_CASE(sees_and_changes_what_its_role_is_for, boost::unit_test::data::make(claims), claim) {
    const auto& of = claim.what;
    BOOST_TEST(claim.who.may_see(of) == (claim.can != Can::nothing));
    BOOST_TEST(claim.who.may_change(of) == (claim.can == Can::change));
}

BOOST_AUTO_TEST_CASE(is_told_from_every_other_by_its_key) {
    BOOST_TEST((Principal{"ann", Role::user, "lab"}.key() != Principal{"ann", Role::viewer, "lab"}.key()));
    BOOST_TEST((Principal{"ann", Role::user, "lab"}.key() != Principal{"ann lab", Role::user}.key()));
    BOOST_TEST((Principal{"ann", Role::user, "lab"}.key() != Principal{"ann", Role::user}.key()));
}

BOOST_AUTO_TEST_CASE(names_who_may_do_what_a_role_may_not) {
    const auth::Principal ann{"ann", auth::Role::user};
    BOOST_CHECK_EXCEPTION(
        auth::require(ann, auth::Permission::remove_all, "/compute"), Error, [](const Error& failure) {
            return failure.fault() == Fault::forbidden &&
                   std::string(failure.what()) == "only an administrator may remove everything at /compute";
        });
}

BOOST_AUTO_TEST_CASE(knows_each_role_by_its_name) {
    using auth::Role;
    for (const auto role :
         {Role::viewer, Role::user, Role::operator_of_group, Role::orchestrator, Role::administrator})
        BOOST_TEST((auth::role_named(auth::to_text(role)) == role));
    BOOST_TEST(!auth::role_named("root"));
    BOOST_TEST(!auth::role_named(""));
    BOOST_TEST(auth::names_of_roles() == "viewer, user, operator, orchestrator, administrator");
}

BOOST_AUTO_TEST_SUITE_END()
