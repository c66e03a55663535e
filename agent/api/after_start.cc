#include "agent/api/after_start.hh"

#include <algorithm>
#include <chrono>
#include <memory>

namespace api {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds patience = 20s, first_pause = 20ms, longest_pause = 250ms;

bool is_over(const service::Context& context) {
    if (context.has_begun || std::chrono::steady_clock::now() - context.born >= patience) return true;
    const auto seen = context.inventory.now();
    return !seen->connected && !seen->why_lost.empty();
}

using Work = std::function<http::Response(const Call&)>;

// Looks less and less often: a crowd that waits for a libvirt that stands still shall cost next to nothing.
http::Response when_over(const Call& call, const Work& work, std::chrono::milliseconds pause) {
    if (is_over(call.services.context)) return work(call);
    http::Response response;
    response.later = std::make_shared<http::Later>();
    response.later->patience = pause;
    response.later->go_on = [call, work, pause] {
        return when_over(call, work, std::min(2 * pause, longest_pause));
    };
    return response;
}

} // namespace

http::Response after_start(const Call& call, const Work& work) { return when_over(call, work, first_pause); }

} // namespace api
