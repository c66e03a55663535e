// Who may make which request: every route with every role, and an upload before its body has come.
#define BOOST_TEST_DYN_LINK
#include "agent/api/api.hh"
#include "agent/api/handlers.hh"
#include "agent/api/routes.hh"
#include "tests/support/agent_under_test.hh"
#include "tests/support/eventually.hh"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

using auth::Role;
using http::Method;

namespace {

constexpr auto location_of_mixin = "/mixin/ephemeral_disk/"; // that no pattern fits

// What no other role may. A route of the table that is restricted has a line here.
const std::vector<std::pair<Method, std::string>> for_administrators{
    {Method::remove, "/compute"},       {Method::remove, "/network"},
    {Method::remove, "/storage"},       {Method::remove, "/networkinterface"},
    {Method::remove, "/storagelink"},   {Method::get, "/-/orphans"},
    {Method::get, "/-/orphans/{id}"},   {Method::post, "/-/orphans/{id}"},
    {Method::remove, "/-/orphans/{id}"}};

http::Request request(Method method, const std::string& path, http::Headers headers) {
    http::Request asked;
    asked.method = method;
    asked.method_text = http::to_text(method);
    asked.path = asked.target = path;
    asked.host = "localhost";
    asked.headers = std::move(headers);
    return asked;
}

struct OpenDoor : api::Door {
    explicit OpenDoor(auth::Principal one) : who(std::move(one)) {}
    std::optional<auth::Verdict> judge(const http::Head&, auth::Way::Told, IsWanted) override {
        return auth::Verdict{who};
    }
    auth::Principal who;
};

struct Fixture {
    support::AgentUnderTest agent;
    OpenDoor to_viewer{{"vic", Role::viewer}}, to_user{{"ann", Role::user}},
        to_operator{{"otto", Role::operator_of_group, "lab"}}, to_orchestrator{{"orc", Role::orchestrator}},
        to_administrator{{"root", Role::administrator}};
    api::Api as_viewer{agent.services(), to_viewer}, as_user{agent.services(), to_user},
        as_operator{agent.services(), to_operator}, as_orchestrator{agent.services(), to_orchestrator},
        as_administrator{agent.services(), to_administrator};

    // 0: it goes on. It says OCCI, so that whatever is at the URL is meant.
    static int refusal(api::Api& api, Method method, std::string path) {
        if (const auto hole = path.find("{id}"); hole != path.npos) path.replace(hole, 4, "some");
        const auto asked = request(method, path, {{"Accept", "text/plain"}});
        const auto admission = api.admit(asked);
        return admission->is_refusal() ? admission->answer(asked).status : 0;
    }

    // A viewer does nothing but read. A route that was given no permission is one to read, and shows here.
    void walk(Method method, const std::string& path) {
        const bool restricted =
            std::ranges::find(for_administrators, std::pair(method, path)) != for_administrators.end();
        BOOST_TEST_CONTEXT(http::to_text(method) << " " << path) {
            BOOST_TEST(refusal(as_viewer, method, path) == (restricted || method != Method::get ? 403 : 0));
            for (auto* api : {&as_user, &as_operator, &as_orchestrator})
                BOOST_TEST(refusal(*api, method, path) == (restricted ? 403 : 0));
            BOOST_TEST(refusal(as_administrator, method, path) == 0);
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_permission, Fixture)

BOOST_AUTO_TEST_CASE(is_checked_at_every_route_for_every_role) {
    for (const auto& route : api::all_routes()) walk(route.method, std::string(route.pattern));
    BOOST_TEST_REQUIRE(api::routes_at(location_of_mixin).empty());
    for (const auto& route : api::all_mixin_routes()) walk(route.method, location_of_mixin);
}

BOOST_AUTO_TEST_CASE(is_not_less_than_what_the_handler_does) {
    using auth::Permission;
    for (const auto& route : api::all_routes())
        BOOST_TEST_CONTEXT(http::to_text(route.method) << " " << route.pattern) {
            const bool removes_all = route.occi == api::remove_all;
            BOOST_TEST((route.permission == Permission::remove_all) == removes_all);
            BOOST_TEST((route.method == Method::get || route.permission != Permission::read));
        }
}

BOOST_AUTO_TEST_CASE(is_refused_with_a_sentence_that_says_who_has_it) {
    const auto asked = request(Method::remove, "/compute", {{"Accept", "text/plain"}});
    const auto answer = as_user.admit(asked)->answer(asked);
    BOOST_TEST(answer.body == "only an administrator may remove everything at /compute\n");
}

BOOST_AUTO_TEST_CASE(is_known_of_an_upload_before_its_body) {
    const auto form =
        request(Method::post, "/storage", {{"Content-Type", "multipart/form-data; boundary=B"}});
    const auto admission = as_user.admit(form);
    BOOST_TEST(admission->user() == "ann");
    BOOST_TEST_REQUIRE(admission->sink() != nullptr);
    const std::string part = "--B\r\nContent-Disposition: form-data; name=";
    BOOST_TEST(admission->sink()->take(part + "\"occixml\"\r\n\r\n<DISK><NAME>hers</NAME></DISK>\r\n" + part +
                                       "\"file\"\r\n\r\n" + std::string(4096, 'x') + "\r\n--B--\r\n"));
    auto answer = admission->answer(form);
    BOOST_TEST_REQUIRE(support::eventually([&] { return agent.operations().under_way() == 0; }));
    if (answer.later) answer = answer.later->go_on();
    BOOST_TEST(answer.status == 201, answer.body);
    const auto seen = agent.inventory().now();
    BOOST_TEST_REQUIRE(seen->storage_records.size() == 1U);
    BOOST_TEST(seen->storage_records.begin()->second->owner == "ann");
}

BOOST_AUTO_TEST_SUITE_END()
