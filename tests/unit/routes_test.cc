#define BOOST_TEST_DYN_LINK
#include "agent/api/handlers.hh"
#include "agent/api/routes.hh"

#include <boost/test/unit_test.hpp>

using http::Method;

BOOST_AUTO_TEST_SUITE(routes)

BOOST_AUTO_TEST_CASE(find_a_pool_with_and_without_a_trailing_slash) {
    BOOST_TEST(api::find_route(Method::get, "/compute").route != nullptr);
    BOOST_TEST(api::find_route(Method::get, "/compute/").route ==
               api::find_route(Method::get, "/compute").route);
}

BOOST_AUTO_TEST_CASE(find_an_entry_and_its_id) {
    const auto match = api::find_route(Method::put, "/compute/abc");
    BOOST_REQUIRE(match.route != nullptr);
    BOOST_TEST(match.id == "abc");
    BOOST_CHECK(match.route->permission == auth::Permission::change);
}

BOOST_AUTO_TEST_CASE(serve_head_wherever_get_works) {
    BOOST_TEST(api::find_route(Method::head, "/storage").route ==
               api::find_route(Method::get, "/storage").route);
}

BOOST_AUTO_TEST_CASE(say_what_is_allowed_where_a_method_is_not) {
    BOOST_TEST(api::find_route(Method::put, "/network").route == nullptr);
    const auto methods_at = [](std::string_view path) { return api::methods_of(api::routes_at(path)); };
    BOOST_TEST(methods_at("/network/1") == "GET, HEAD, POST, PUT, DELETE, OPTIONS");
    BOOST_TEST(methods_at("/network/") == "GET, HEAD, POST, DELETE, OPTIONS");
    BOOST_TEST(methods_at("/nowhere").empty());
}

BOOST_AUTO_TEST_CASE(tell_an_operation_from_the_list_of_them) {
    BOOST_TEST((api::find_route(Method::get, "/-/operations/").route->handler == api::list_operations));
    BOOST_TEST((api::find_route(Method::get, "/-/operations/x").route->handler == api::show_operation));
    BOOST_TEST((api::find_route(Method::remove, "/-/operations/x").route->handler == api::cancel_operation));
    BOOST_TEST((api::find_route(Method::get, "/-/").route->occi == api::list_categories));
}

BOOST_AUTO_TEST_CASE(know_nothing_of_other_paths) {
    for (const auto* path : {"/computes", "/compute/1/2", "/comput", "/compute/1/", "/network/1/x"}) {
        const auto match = api::find_route(Method::get, path);
        const bool entry = std::string_view(path) == "/compute/1/";
        BOOST_TEST_CONTEXT(path) BOOST_TEST((match.route != nullptr) == entry);
    }
}

BOOST_AUTO_TEST_SUITE_END()
