// How many GETs there are in a second, and what a list costs.
#include "tests/bench/benchmarks.hh"
#include "tests/bench/direct.hh"
#include "tests/bench/hello.hh"
#include "tests/bench/load.hh"
#include "tests/bench/measure.hh"

namespace bench {
namespace {

constexpr int rounds = 5;
constexpr double round_seconds = 1.0;
constexpr int machines = 1000;

} // namespace

void get_rate(Stage& stage) {
    const Hello hello;
    const auto path = "/compute/" + stage.start_compute(stage.disks());
    for (const unsigned connections : {1U, 8U})
        print("GET of one compute, " + std::to_string(connections) + " connections",
              interleaved(
                  rounds,
                  [&] { return load(stage.client.port(), path, connections, round_seconds).per_second; },
                  [&] { return load(hello.port(), "/", connections, round_seconds).per_second; }),
              "1/s", "bare cpp-httplib hello");
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

} // namespace bench
