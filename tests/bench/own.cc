// What the agent takes for itself: memory, and time to start.
#include "tests/bench/benchmarks.hh"
#include "tests/bench/direct.hh"
#include "tests/bench/measure.hh"
#include "tests/live/process_size.hh"

#include <vector>

namespace bench {
namespace {

constexpr int machines = 1000, rounds = 5;

struct Promise {
    int computes;
    double anonymous_mib, resident_mib, start_ms;
};
constexpr Promise promises[] = {{0, 6, 30, 30}, {machines, 14, 38, 150}};

double mib(unsigned kib) { return kib / 1024.0; }

} // namespace

// From exec to the first right answer: the list of all computes. The socket is there already, so that no client has to
// try again.
void own_start_and_memory(Stage& stage) {
    Direct direct;
    stage.remove("/storage/" + stage.image);
    for (const auto& promise : promises) {
        direct.define_many(promise.computes);
        stage.wait_for_computes(promise.computes);
        std::vector<double> started, anonymous, resident;
        for (int round = 0; round < rounds; ++round) {
            stage.agent.end();
            started.push_back(1000 * seconds([&] { stage.agent.start(); }));
            stage.wait_for_computes(promise.computes);
            stage.wait_until_ready();
            const auto size = live::size_of(stage.agent.pid());
            anonymous.push_back(mib(size.anonymous_kib));
            resident.push_back(mib(size.resident_kib));
        }
        const auto with = "with " + std::to_string(promise.computes) + " computes: ";
        print(with + "exec to first right answer", started, "ms", ours_at_most(promise.start_ms));
        print(with + "memory of its own (RssAnon)", anonymous, "MiB", ours_at_most(promise.anonymous_mib));
        print(with + "with libraries (VmRSS)", resident, "MiB", ours_at_most(promise.resident_mib));
    }
    direct.forget_many(machines);
}

} // namespace bench
