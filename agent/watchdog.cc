#include "agent/watchdog.hh"

#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/service/health.hh"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <pthread.h>
#include <systemd/sd-daemon.h>

namespace {

using std::chrono::microseconds;

constexpr auto usual_pause = microseconds(std::chrono::seconds(5));
constexpr std::size_t longest_status = 400;

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

void Watchdog::watch(const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "watchdog");
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
