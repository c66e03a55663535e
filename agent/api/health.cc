// GET /-/health: 200 for as long as it can be answered at all, since a degraded agent still serves what it knows.
#include "agent/service/health.hh"

#include "agent/api/handlers.hh"

#include <nlohmann/json.hpp>

#include <variant>

namespace api {
namespace {

using Json = nlohmann::ordered_json;
using service::Health;

Json to_json(const Health::Value& value) {
    return std::visit([](const auto& given) { return Json(given); }, value);
}

std::string joined(const std::vector<std::string>& sentences) {
    std::string all;
    for (const auto& sentence : sentences) all += (all.empty() ? "" : "; ") + sentence;
    return all;
}

} // namespace

http::Response show_health(const Call& call) {
    const auto health = service::health_of(call.services.context, call.who);
    const auto reasons = health.reasons();
    const auto status = [](bool good) { return good ? "ready" : "degraded"; };
    auto parts = Json::object();
    for (const auto& part : health.parts) {
        auto& shown = parts[part.name] = {{"status", status(part.reasons.empty())}};
        for (const auto& [name, value] : part.more) shown[name] = to_json(value);
        if (!part.reasons.empty()) shown["message"] = joined(part.reasons);
    }
    const Json shown{{"status", status(reasons.empty())}, {"reasons", reasons}, {"parts", parts}};
    return {200, {}, "application/json", shown.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

} // namespace api
