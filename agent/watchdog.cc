#include "agent/watchdog.hh"

#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/service/health.hh"
#include "agent/service/network/default_network.hh"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <pthread.h>
#include <systemd/sd-daemon.h>

namespace {

using std::chrono::microseconds;

constexpr auto usual_pause = microseconds(std::chrono::seconds(5));
constexpr std::size_t longest_status = 400;
// A libvirt that stands still must not be the end of the start: systemd's own patience is 90 s.
constexpr std::chrono::milliseconds patience_with_start = std::chrono::seconds(30), between_looks{50};

// With libvirt away, or nothing to be changed, there is nothing to be waited for: health tells what is wrong.
bool is_started(const service::Context& context, const state::Snapshot& seen) {
    if (!seen.why_lost.empty() && !seen.connected) return true;
    return context.has_begun && service::default_network_under_way(context, seen).empty();
}

std::string status_of(const service::Context& context) {
    std::string line;
    for (const auto& reason : service::health_of(context).reasons())
        line += (line.empty() ? "degraded: " : "; ") + reason;
    return line.empty() ? "ready" : text::printable(line, longest_status);
}

} // namespace

Watchdog::Watchdog(http::Server& server, const service::Context& context)
    : server_(server), context_(context) {
    if (std::getenv("NOTIFY_SOCKET"))
        thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Watchdog::~Watchdog() = default; // of the thread first, which is asked to stop and joined

void Watchdog::work(std::stop_token stop) noexcept {
    try {
        watch(stop);
    } catch (const std::exception& failure) {
        logging::error("the watchdog ends: {}",
                       failure.what()); // and so will the agent, when its unit asks for one
    }
}

void Watchdog::await_start(const std::stop_token& stop) {
    const auto until = std::chrono::steady_clock::now() + patience_with_start;
    const auto is_over = [this](const state::Snapshot& seen) { return is_started(context_, seen); };
    while (!stop.stop_requested() && !context_.inventory.wait(is_over, between_looks, stop) &&
           std::chrono::steady_clock::now() < until)
        tell_status();
    if (!stop.stop_requested()) sd_notify(0, "READY=1");
}

void Watchdog::watch(const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "watchdog");
    await_start(stop);
    std::uint64_t limit = 0; // microseconds
    const bool watched = sd_watchdog_enabled(0, &limit) > 0;
    const auto pause = watched ? std::min(usual_pause, microseconds(limit / 2)) : usual_pause;
    // A slow beat and the pause after it must not exceed the limit together.
    const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(pause / 2);
    while (!stop.stop_requested()) {
        const auto next = std::chrono::steady_clock::now() + pause;
        if (watched && server_.beats(patience)) sd_notify(0, "WATCHDOG=1");
        tell_status();
        std::unique_lock hold(mutex_);
        woken_.wait_until(hold, stop, next, [] { return false; });
    }
}

void Watchdog::tell_status() {
    auto status = status_of(context_);
    if (status == told_) return;
    told_ = std::move(status);
    sd_notify(0, ("STATUS=" + told_).c_str());
}
