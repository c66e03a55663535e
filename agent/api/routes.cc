#include "agent/api/routes.hh"

#include "agent/api/handlers.hh"
#include "agent/api/upload.hh"

#include <algorithm>
#include <array>
#include <vector>

namespace api {
namespace {

constexpr std::size_t document = 1 << 20; // bytes: no document of ours comes near

using enum http::Method;
using enum Pace;
using May = auth::Permission;
// clang-format off
constexpr std::array routes{
    Route{get, "/", May::read, 0, show_entry_point, any, list_entities},

    Route{get, "/-", May::read, 0, nullptr, any, list_categories},
    Route{post, "/-", May::create, document, nullptr, any, define_mixins},
    Route{remove, "/-", May::remove, document, nullptr, any, forget_mixins},
    Route{get, "/.well-known/org/ogf/occi/-", May::read, 0, nullptr, any, list_categories},
    Route{post, "/.well-known/org/ogf/occi/-", May::create, document, nullptr, any, define_mixins},
    Route{remove, "/.well-known/org/ogf/occi/-", May::remove, document, nullptr, any, forget_mixins},

    Route{get, "/instance_type", May::read, 0, list_instance_types, quick},
    Route{get, "/instance_type/{id}", May::read, 0, show_instance_type, any, list_entities},
    Route{post, "/instance_type/{id}", May::change, document, nullptr, any, give_mixin},

    Route{get, "/user", May::read, 0, list_users},
    Route{get, "/user/{id}", May::read, 0, show_user},

    Route{get, "/compute", May::read, 0, list_computes, any, list_entities},
    Route{post, "/compute", May::create, document, create_compute, any, create_entities},
    Route{remove, "/compute", May::remove_all, 0, nullptr, any, remove_all},
    Route{get, "/compute/{id}", May::read, 0, show_compute, quick, show_entity},
    Route{post, "/compute/{id}", May::change, document, nullptr, any, change_entity},
    Route{put, "/compute/{id}", May::change, document, change_compute, any, replace_entity},
    Route{remove, "/compute/{id}", May::remove, 0, remove_compute, any, remove_compute},

    Route{get, "/network", May::read, 0, list_networks, any, list_entities},
    Route{post, "/network", May::create, document, create_network, any, create_entities},
    Route{remove, "/network", May::remove_all, 0, nullptr, any, remove_all},
    Route{get, "/network/{id}", May::read, 0, show_network, quick, show_entity},
    Route{post, "/network/{id}", May::change, document, nullptr, any, change_entity},
    Route{put, "/network/{id}", May::change, document, nullptr, any, replace_entity},
    Route{remove, "/network/{id}", May::remove, 0, remove_network, any, remove_network},

    Route{get, "/storage", May::read, 0, list_storages, any, list_entities},
    Route{post, "/storage", May::create, document, create_storage, any, create_entities, receive_storage},
    Route{remove, "/storage", May::remove_all, 0, nullptr, any, remove_all},
    Route{get, "/storage/{id}", May::read, 0, show_storage, quick, show_entity},
    Route{post, "/storage/{id}", May::change, document, nullptr, any, change_entity},
    Route{put, "/storage/{id}", May::change, document, nullptr, any, replace_entity},
    Route{remove, "/storage/{id}", May::remove, 0, remove_storage, any, remove_storage},

    Route{get, "/networkinterface", May::read, 0, nullptr, any, list_entities},
    Route{post, "/networkinterface", May::create, document, nullptr, any, create_entities},
    Route{remove, "/networkinterface", May::remove_all, 0, nullptr, any, remove_all},
    Route{get, "/networkinterface/{id}", May::read, 0, nullptr, any, show_entity},
    Route{post, "/networkinterface/{id}", May::change, document, nullptr, any, change_entity},
    Route{put, "/networkinterface/{id}", May::change, document, nullptr, any, replace_entity},
    Route{remove, "/networkinterface/{id}", May::remove, 0, nullptr, any, remove_link},
    Route{get, "/storagelink", May::read, 0, nullptr, any, list_entities},
    Route{post, "/storagelink", May::create, document, nullptr, any, create_entities},
    Route{remove, "/storagelink", May::remove_all, 0, nullptr, any, remove_all},
    Route{get, "/storagelink/{id}", May::read, 0, nullptr, any, show_entity},
    Route{post, "/storagelink/{id}", May::change, document, nullptr, any, change_entity},
    Route{put, "/storagelink/{id}", May::change, document, nullptr, any, replace_entity},
    Route{remove, "/storagelink/{id}", May::remove, 0, nullptr, any, remove_link},

    Route{get, "/-/operations", May::read, 0, list_operations},
    Route{get, "/-/operations/{id}", May::read, 0, show_operation},
    Route{remove, "/-/operations/{id}", May::change, 0, cancel_operation},
    Route{get, "/-/orphans", May::tend_orphans, 0, list_orphans},
    Route{get, "/-/orphans/{id}", May::tend_orphans, 0, show_orphan},
    Route{post, "/-/orphans/{id}", May::tend_orphans, document, adopt_orphan},
    Route{remove, "/-/orphans/{id}", May::tend_orphans, 0, remove_orphan},
    Route{get, "/-/events", May::read, 0, list_events},
    Route{get, "/-/health", May::read, 0, show_health},
};
// Of a mixin, wherever it is: users choose the locations of theirs.
constexpr std::array mixin_routes{
    Route{get, "", May::read, 0, nullptr, any, list_entities},
    Route{post, "", May::change, document, nullptr, any, give_mixin},
    Route{put, "", May::change, document, nullptr, any, replace_members},
    Route{remove, "", May::change, document, nullptr, any, take_mixin},
};
// clang-format on

constexpr std::string_view hole = "{id}";

// What stands in the hole, or an empty one for a pattern without; nullopt when the path does not fit.
std::optional<std::string_view> fit(std::string_view pattern, std::string_view path) noexcept {
    if (!pattern.ends_with(hole)) return pattern == path ? std::optional(std::string_view()) : std::nullopt;
    const auto fixed = pattern.substr(0, pattern.size() - hole.size());
    if (!path.starts_with(fixed) || path.size() == fixed.size()) return std::nullopt;
    const auto rest = path.substr(fixed.size());
    if (rest.find('/') != std::string_view::npos) return std::nullopt;
    return rest;
}

std::string_view without_slash(std::string_view path) noexcept {
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return path;
}

std::string join(const std::vector<std::string_view>& words) {
    std::string all;
    for (const auto& word : words) all.append(all.empty() ? "" : ", ").append(word);
    return all;
}

} // namespace

std::span<const Route> all_routes() noexcept { return routes; }
std::span<const Route> all_mixin_routes() noexcept { return mixin_routes; }

Match find_route(http::Method method, std::string_view path) {
    const auto wanted = method == head ? get : method;
    path = without_slash(path);
    for (const auto& route : routes)
        if (route.method == wanted)
            if (const auto id = fit(route.pattern, path)) return {&route, std::string(*id)};
    return {};
}

const Route* find_mixin_route(http::Method method) noexcept {
    const auto found = std::ranges::find(mixin_routes, method == head ? get : method, &Route::method);
    return found == mixin_routes.end() ? nullptr : &*found;
}

Routes routes_at(std::string_view path) {
    Routes found;
    path = without_slash(path);
    for (const auto& route : routes)
        if (fit(route.pattern, path)) found.push_back(&route);
    return found;
}

std::string methods_of(const Routes& some) {
    std::vector<std::string_view> allowed;
    for (const auto* route : some) {
        allowed.push_back(http::to_text(route->method));
        if (route->method == get) allowed.push_back(http::to_text(head));
    }
    if (!allowed.empty()) allowed.push_back(http::to_text(options));
    return join(allowed);
}

} // namespace api
