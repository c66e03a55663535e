#pragma once
// The whole surface on one screen, and the search in it.
//
// Threads: any; constant data.

#include "agent/api/call.hh"
#include "agent/auth/permission.hh"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace api {

enum class Pace {
    any,
    quick // answered from memory, by a few reads of the newest snapshot (http::Application::is_quick)
};

struct Route {
    http::Method method;
    std::string_view pattern; // "{id}" stands for one segment
    auth::Permission permission;
    std::size_t body_limit; // bytes
    Handler handler;        // nullptr: there is nothing but OCCI to be had
    Pace pace = Pace::any;
    Handler occi = nullptr; // when a rendering of OCCI is asked for; nullptr: `handler`
    // For a body that is to be stored as it comes; what it returns is nullptr when this one is not.
    std::unique_ptr<Upload> (*receive)(const Announced&) = nullptr;
};

struct Match {
    const Route* route = nullptr; // nullptr: the path is known but not with this method, or not at all
    std::string id;
};

// The whole table, and the one of mixins, whose patterns are empty.
std::span<const Route> all_routes() noexcept;
std::span<const Route> all_mixin_routes() noexcept;

// HEAD finds the route of GET. A trailing slash does not matter.
Match find_route(http::Method, std::string_view path);

// Of the location of a mixin, which no pattern tells from other paths; nullptr: not with this method.
const Route* find_mixin_route(http::Method) noexcept;

using Routes = std::vector<const Route*>;
Routes routes_at(std::string_view path); // empty when the path is not known

// For the header Allow: "GET, HEAD, POST, OPTIONS"; empty when there are no routes.
std::string methods_of(const Routes&);

} // namespace api
