#include "agent/api/allowed.hh"

#include "agent/api/honoured.hh"
#include "agent/api/negotiation.hh"

#include <algorithm>

namespace api {
namespace {

// Whether there is nothing but the location of a mixin.
bool is_mixin(const Services& services, const http::Head& head, const auth::Principal& who) {
    const auto location = head.path.ends_with('/') ? head.path : head.path + "/";
    return routes_at(head.path).empty() &&
           (services.model.mixin_at(location) || services.mixins.find_at(location, who));
}

Routes all_at(const Services& services, const http::Head& head, const auth::Principal& who) {
    auto all = routes_at(head.path);
    if (all.empty() && is_mixin(services, head, who))
        for (const auto& route : all_mixin_routes()) all.push_back(&route);
    return all;
}

} // namespace

Match match_of(const Services& services, const http::Head& head, const auth::Principal& who) {
    auto match = find_route(head.method, head.path);
    if (!match.route && is_mixin(services, head, who)) match.route = find_mixin_route(head.method);
    return match;
}

bool speaks_opennebula(const http::Head& head, const occi::Model& model) {
    const auto is_shared = [](const Route* route) { return route->handler && route->occi; };
    return !names_action(head) && std::ranges::any_of(routes_at(head.path), is_shared) &&
           means_opennebula(head, model);
}

std::string allowed_methods(const Services& services, const http::Head& head, const auth::Principal& who) {
    auto all = all_at(services, head, who);
    const bool is_opennebula = speaks_opennebula(head, services.model), is_occi = says_occi(head);
    std::erase_if(all, [&](const Route* route) {
        if (is_opennebula) return !route->handler;
        return route->method == http::Method::remove && concerns_all(head, route->occi) && !is_occi;
    });
    return methods_of(all);
}

} // namespace api
