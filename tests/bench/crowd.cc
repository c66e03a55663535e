// Connections that ask for nothing, or so slowly that it comes to the same, and what others notice of them.
#include "agent/base/descriptor_limit.hh"
#include "tests/bench/benchmarks.hh"
#include "tests/bench/load.hh"
#include "tests/bench/measure.hh"
#include "tests/bench/wrk.hh"
#include "tests/live/process_size.hh"

#include <chrono>
#include <thread>
#include <vector>

namespace bench {
namespace {

constexpr int rounds = 3;
constexpr std::size_t idle = 5000, slow = 5000, newcomers = 500;
constexpr unsigned connections = 8, wrk_seconds = 3;
constexpr double most_ms = 10, most_kib = 5 * 1024, least_rate = 0.9;

// `idle` connections that are silent, and `slow` ones that send a byte of a request each second, for as long as this
// lives. One that the server has cut off comes again.
class Crowd {
public:
    explicit Crowd(unsigned port) : port_(port) {
        for (std::size_t i = 0; i < idle; ++i) silent_.push_back(connect(port));
        for (std::size_t i = 0; i < slow; ++i) slow_.push_back(connect(port));
        thread_ = std::jthread([this](const std::stop_token& stop) { dribble(stop); });
    }

private:
    void dribble(const std::stop_token& stop) {
        constexpr std::size_t steps = 100; // of a second, so that they do not come all at once
        const std::string request = "GET / HTTP/1.1\r\nX-Long: " + std::string(1000, 'x');
        std::vector<std::size_t> sent(slow, 0);
        for (std::size_t step = 0; !stop.stop_requested(); step = (step + 1) % steps) {
            for (std::size_t index = step; index < slow; index += steps) {
                if (!send_byte(slow_[index], request[sent[index]++ % request.size()])) {
                    slow_[index] = connect(port_);
                    sent[index] = 0;
                }
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1000 / steps));
        }
    }

    unsigned port_;
    std::vector<Descriptor> silent_, slow_;
    std::jthread thread_;
};

struct Times {
    std::vector<double> p50, p99, rate, kib;
};

void measure(const Stage& stage, const std::string& path, Times& times) {
    std::vector<double> each;
    for (std::size_t i = 0; i < newcomers; ++i)
        each.push_back(seconds([&] { stage.client.get(path); }) * 1000);
    times.p50.push_back(percentile(each, 0.5));
    times.p99.push_back(percentile(each, 0.99));
    const auto url = "http://127.0.0.1:" + std::to_string(stage.client.port()) + path;
    times.rate.push_back(wrk(url, connections, wrk_seconds));
    times.kib.push_back(live::size_of(stage.agent.pid()).anonymous_kib);
}

} // namespace

void crowd_slow(Stage& stage) {
    raise_descriptor_limit();
    const auto path = "/compute/" + stage.start_compute(stage.disks());
    Times crowded, alone;
    for (int round = 0; round < rounds; ++round) {
        measure(stage, path, alone);
        const Crowd crowd(stage.client.port());
        measure(stage, path, crowded);
    }
    const auto theirs_are = "without them";
    const std::string beside = "beside 5000 idle and 5000 slow ones: ";
    print(beside + "new client, p50", {crowded.p50, alone.p50}, "ms", theirs_are);
    print(beside + "new client, p99", {crowded.p99, alone.p99}, "ms", theirs_are, ours_at_most(most_ms));
    print(beside + "rate of GETs", {crowded.rate, alone.rate}, "1/s", theirs_are, ratio_at_least(least_rate));
    // Of the first round, as what was used once stays with the process.
    print(beside + "more memory", {crowded.kib.front() - alone.kib.front()}, "KiB", ours_at_most(most_kib));
    stage.remove(path);
}

} // namespace bench
