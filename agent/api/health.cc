// GET /-/health: 200 for as long as it can be answered at all, since a degraded agent still serves what it knows.
#include "agent/service/health.hh"

#include "agent/api/api.hh"
#include "agent/base/clock.hh"

#include <nlohmann/json.hpp>

namespace api {

http::Response Api::health(const Call& call) {
    using Json = nlohmann::ordered_json;
    const auto health = service::health_of(services_.node);
    const auto reasons = health.reasons();
    const auto part = [](bool good, const Json& more = Json::object()) {
        Json shown = {{"status", good ? "ready" : "degraded"}};
        shown.update(more);
        return shown;
    };
    auto libvirt = part(health.libvirt);
    if (!health.libvirt) {
        if (health.lost_at != state::Time{}) libvirt["since"] = to_rfc3339(health.lost_at);
        libvirt["message"] = health.why_no_libvirt();
    }
    auto store = part(health.room);
    if (!health.room) store["message"] = health.why_no_room();
    auto stuck = Json::array();
    for (const auto& [compute, owner] : health.stuck)
        if (call.who.may_use(owner)) stuck.push_back(compute);
    auto shown = part(reasons.empty(), {{"reasons", reasons}});
    shown["parts"] = {{"libvirt", libvirt},
                      {"store", store},
                      {"computes", part(health.stuck.empty(), {{"stuck", stuck}})},
                      {"operations", part(true, {{"under_way", health.under_way}})},
                      {"events", part(true, {{"last", health.last_event}})}};
    return {200, {}, "application/json", shown.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

} // namespace api
