#include "agent/api/after_start.hh"

#include <chrono>
#include <memory>

namespace api {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds patience = 20s, between_looks = 20ms;

bool is_over(const service::Context& context) {
    if (context.has_begun || std::chrono::steady_clock::now() - context.born >= patience) return true;
    const auto seen = context.inventory.now();
    return !seen->connected && !seen->why_lost.empty();
}

} // namespace

http::Response after_start(const Call& call, const std::function<http::Response(const Call&)>& work) {
    if (is_over(call.services.context)) return work(call);
    http::Response response;
    response.later = std::make_shared<http::Later>();
    response.later->patience = between_looks;
    response.later->go_on = [call, work] { return after_start(call, work); };
    return response;
}

} // namespace api
