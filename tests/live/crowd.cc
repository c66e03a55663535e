#include "tests/live/crowd.hh"

#include "tests/live/node.hh"

#include <algorithm>
#include <fmt/core.h>
#include <latch>
#include <stdexcept>

namespace live {
namespace {

constexpr unsigned most_threads = 150; // all crews at work, and all that hangs

// Never throws: nobody is there to catch it.
Timed timed(const std::function<support::Answer()>& request) noexcept {
    Timed timed;
    const Stopwatch watch;
    try {
        timed.answer = request();
    } catch (const std::exception& failure) {
        timed.answer.body = failure.what();
    }
    timed.took = watch.time();
    return timed;
}

} // namespace

std::chrono::microseconds Stopwatch::time() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_);
}

std::vector<Timed> all_at_once(std::size_t count, const std::function<support::Answer()>& request) {
    std::vector<Timed> all(count);
    std::latch start(static_cast<std::ptrdiff_t>(count));
    std::vector<std::jthread> clients;
    clients.reserve(count);
    for (auto& each : all)
        clients.emplace_back([&] {
            start.arrive_and_wait();
            each = timed(request);
        });
    clients.clear(); // joins
    return all;
}

std::chrono::microseconds slowest(const std::vector<Timed>& all) {
    return std::ranges::max(all, {}, &Timed::took).took;
}

std::map<int, std::size_t> statuses(const std::vector<Timed>& all) {
    std::map<int, std::size_t> counted;
    for (const auto& each : all) ++counted[each.answer.status];
    return counted;
}

std::string to_text(std::chrono::microseconds time) {
    const std::chrono::duration<double, std::milli> milliseconds = time;
    if (time < std::chrono::seconds(1)) return fmt::format("{:.1f} ms", milliseconds.count());
    return fmt::format("{:.1f} s", milliseconds.count() / 1000);
}

std::string to_text(const std::map<int, std::size_t>& statuses) {
    std::string text;
    for (const auto& [status, count] : statuses)
        text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", count, status);
    return text;
}

std::chrono::microseconds Onlooker::Seen::slowest() const {
    return times.empty() ? std::chrono::microseconds(0) : times.back();
}

std::string Onlooker::Seen::complaint() const {
    auto wrong = failures;
    if (times.empty()) wrong += "nothing was read\n";
    if (slowest() >= prompt) wrong += fmt::format("an answer took {}\n", to_text(slowest()));
    if (threads > most_threads) wrong += fmt::format("the agent had {} threads\n", threads);
    return wrong;
}

std::string Onlooker::Seen::text() const {
    if (times.empty()) return "no reads";
    return fmt::format("{} reads, 99 % within {}, the slowest {}; at most {} threads", times.size(),
                       to_text(times[times.size() * 99 / 100]), to_text(slowest()), threads);
}

Onlooker::Onlooker(const support::AgentProcess& agent, std::vector<std::string> paths)
    : agent_(agent), paths_(std::move(paths)), thread_([this](const std::stop_token& stop) { look(stop); }) {}

Onlooker::Seen Onlooker::looked() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    std::ranges::sort(seen_.times);
    return seen_;
}

void Onlooker::look(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        for (const auto& path : paths_) {
            const auto each = timed([&] { return agent_.client().get(path); });
            seen_.times.push_back(each.took);
            if (each.answer.status != 200)
                seen_.failures += fmt::format("{}: {} {}\n", path, each.answer.status, each.answer.body);
        }
        seen_.threads = std::max(seen_.threads, threads_of(agent_.pid()));
        std::this_thread::sleep_for(std::chrono::milliseconds(5)); // leaves the machine to what is tested
    }
}

} // namespace live
