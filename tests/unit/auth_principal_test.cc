#define BOOST_TEST_DYN_LINK
#include "agent/auth/permission.hh"
#include "agent/base/error.hh"

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(auth_principal)

BOOST_AUTO_TEST_CASE(lets_a_user_use_only_his_own) {
    const auth::Principal ann{"ann", auth::Role::user}, root{"root", auth::Role::administrator};
    BOOST_TEST(ann.may_use("ann"));
    BOOST_TEST(!ann.may_use("bob"));
    BOOST_TEST(!ann.may_use(""));
    BOOST_TEST(root.may_use("ann"));
    BOOST_TEST(root.may_use(""));
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
