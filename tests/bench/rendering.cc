// What the renderings of OCCI cost beside OpenNebula's XML, which is what a client gets when it does not say what it
// takes.
#include "tests/bench/benchmarks.hh"
#include "tests/bench/direct.hh"
#include "tests/bench/load.hh"
#include "tests/bench/measure.hh"
#include "tests/bench/wrk.hh"

#include <array>

namespace bench {
namespace {

constexpr int rounds = 5;
constexpr double round_seconds = 1.0;
constexpr unsigned wrk_seconds = 2, connections = 8;
constexpr int machines = 1000;
constexpr auto xml = "OpenNebula's XML, without Accept";
constexpr double least = 0.9; // of what XML does: choosing costs nothing that shows

// text/occi is headers, which 1000 URLs do not fit into.
constexpr std::array of_one{"application/xml", "text/plain", "text/occi", "application/occi+json"};
constexpr std::array of_many{"text/plain", "text/uri-list", "application/occi+json"};

} // namespace

void rendering_of_one(Stage& stage) {
    const auto path = "/compute/" + stage.start_compute(stage.disks());
    const auto url = "http://127.0.0.1:" + std::to_string(stage.client.port()) + path;
    for (const std::string accept : of_one)
        print("GET of one compute as " + accept + ", 8 connections",
              interleaved(
                  rounds, [&] { return wrk(url, connections, wrk_seconds, "Accept: " + accept); },
                  [&] { return wrk(url, connections, wrk_seconds); }),
              "1/s", xml, ratio_at_least(least));
    stage.remove(path);
}

// JSON has all of each compute, the others only where it is.
void rendering_of_many(Stage& stage) {
    Direct direct;
    direct.define_many(machines);
    stage.wait_for_computes(machines);
    const auto port = stage.client.port();
    for (const std::string accept : of_many)
        print("list of " + std::to_string(machines) + " computes as " + accept,
              interleaved(
                  rounds, [&] { return load(port, "/compute", 1, round_seconds, accept).median_ms; },
                  [&] { return load(port, "/compute", 1, round_seconds).median_ms; }),
              "ms", xml, std::nullopt);
    direct.forget_many(machines);
}

} // namespace bench
