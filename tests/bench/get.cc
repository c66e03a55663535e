// How many GETs there are in a second, and what a list costs.
#include "tests/bench/benchmarks.hh"
#include "tests/bench/direct.hh"
#include "tests/bench/hello.hh"
#include "tests/bench/load.hh"
#include "tests/bench/measure.hh"
#include "tests/bench/wrk.hh"
#include "tests/support/certificates.hh"

#include <optional>

namespace bench {
namespace {

constexpr int rounds = 5;
constexpr double round_seconds = 1.0;
constexpr unsigned wrk_seconds = 2;
constexpr int machines = 1000;

constexpr auto theirs_are = "bare cpp-httplib hello";
constexpr double least_plain = 1.3, least_secure = 0.65;

std::string url_of(const char* scheme, unsigned port, const std::string& path) {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port) + path;
}

void compare(const std::string& what, const std::string& url, unsigned connections,
             std::optional<Goal> goal) {
    const Hello hello;
    print(what + ", " + std::to_string(connections) + " connections",
          interleaved(
              rounds, [&] { return wrk(url, connections, wrk_seconds); },
              [&] { return wrk(url_of("http", hello.port(), "/"), connections, wrk_seconds); }),
          "1/s", theirs_are, goal);
}

} // namespace

// The goals are for 8 and 64. Hello has 8 threads, one for a connection: of more, it serves no others.
void get_rate(Stage& stage) {
    const auto path = "/compute/" + stage.start_compute(stage.disks());
    const auto url = url_of("http", stage.client.port(), path);
    const std::string what = "GET of one compute";
    compare(what, url, 1, std::nullopt);
    for (const unsigned connections : {8U, 64U}) compare(what, url, connections, ratio_at_least(least_plain));
    compare(what, url, 1000, std::nullopt);
    stage.remove(path);
}

void get_secure(Stage& stage) {
    const support::Authority authority(stage.agent.folder(), "authority");
    const auto [certificate, key] = authority.issue("node");
    stage.agent.configure("[tls]\ncertificate=" + certificate.string() + "\nkey=" + key.string() + "\n");
    const auto port = stage.agent.add_secure_socket();
    stage.agent.restart();
    const auto path = "/compute/" + stage.start_compute(stage.disks());
    for (const unsigned connections : {8U, 64U})
        compare("the same by TLS", url_of("https", port, path), connections, ratio_at_least(least_secure));
    stage.remove(path);
}

void get_list(Stage& stage) {
    Direct direct;
    direct.define_many(machines);
    stage.wait_for_computes(machines);
    print("list of " + std::to_string(machines) + " computes",
          interleaved(
              rounds, [&] { return load(stage.client.port(), "/compute", 1, round_seconds).median_ms; },
              [&] { return seconds([&] { direct.list_with_details(); }) * 1000; }),
          "ms", "list, XML, info by libvirt's C API", ratio_at_most(0.004));
    direct.forget_many(machines);
}

// One that was there before the others came, so that each size is compared with the smallest one.
void get_among_many(Stage& stage) {
    Direct direct;
    const auto path = "/compute/" + stage.start_compute(stage.disks());
    const auto median_ms = [&] {
        std::vector<double> all;
        for (int round = 0; round < rounds; ++round)
            all.push_back(load(stage.client.port(), path, 1, round_seconds).median_ms);
        return all;
    };
    std::vector<double> fewest;
    int defined = 0;
    for (const int count : {10, 1000, 10'000}) {
        direct.define_many(count, defined);
        defined = count;
        stage.wait_for_computes(count);
        const auto what = "GET of one of " + std::to_string(count) + " computes, p50";
        const auto now = median_ms();
        if (fewest.empty())
            print(what, fewest = now, "ms");
        else
            print(what, {now, fewest}, "ms", "of one of 10", ratio_at_most(1.1));
    }
    direct.forget_many(defined);
    stage.remove(path);
}

} // namespace bench
