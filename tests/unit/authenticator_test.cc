#define BOOST_TEST_DYN_LINK
#include "agent/auth/authenticator.hh"
#include "agent/auth/permission.hh"
#include "agent/base/error.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(authenticator)

BOOST_DATA_TEST_CASE(takes_a_loopback_host_for_local,
                     data::make({"127.0.0.1", "127.0.0.1:4567", "127.8.9.1:80", "localhost", "LocalHost:4567",
                                 "[::1]", "[::1]:4567"}),
                     host) {
    BOOST_TEST(auth::is_local_host(host));
    BOOST_TEST(auth::identify(host).name == "local");
    BOOST_TEST(auth::identify(host).is_administrator());
}

BOOST_DATA_TEST_CASE(refuses_any_other_host,
                     data::make({"", "example.org", "localhost.example.org", "127.0.0.1.example.org",
                                 "10.0.0.1", "128.0.0.1", "[::2]", "::1", "[::1", "localhost:x",
                                 "localhost:99999", "127.0.0.1@example.org", "0177.0.0.1", "127.1",
                                 "0.0.0.0"}),
                     host) {
    BOOST_TEST(!auth::is_local_host(host));
    BOOST_CHECK_EXCEPTION(auth::identify(host), Error,
                          [](const Error& failure) { return failure.fault() == Fault::forbidden; });
}

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

BOOST_AUTO_TEST_SUITE_END()
