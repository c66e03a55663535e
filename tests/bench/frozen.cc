// Guests that do not react: what the others notice of it, how soon it is said, and how soon one is off.
#include "tests/bench/answer_times.hh"
#include "tests/bench/benchmarks.hh"
#include "tests/bench/direct.hh"
#include "tests/bench/measure.hh"

namespace bench {
namespace {

constexpr int guests = 20, rounds = 3;
constexpr Course course{3, 8, 8}; // after 4 s it is known
constexpr auto stuck = "<CONDITION>stuck</CONDITION>";

std::vector<pid_t> processes_of(const std::vector<std::string>& computes) {
    std::vector<pid_t> processes;
    for (const auto& id : computes) processes.push_back(qemu_of("occi-" + id));
    return processes;
}

} // namespace

void frozen_get(Stage& stage) {
    const auto computes = stage.start_computes(guests, stage.disks() + "<NICS/>");
    const auto all = processes_of(computes);
    print_answer_times(stage, computes.front(), "it is frozen", course,
                       [&] { return std::make_shared<Frozen>(std::vector{all.front()}); });
    print_answer_times(stage, computes.front(), "all " + std::to_string(guests) + " are frozen", course,
                       [&] { return std::make_shared<Frozen>(all); });
    stage.remove_computes(computes);
}

void frozen_stuck(Stage& stage) {
    const auto computes = stage.start_computes(guests, stage.disks() + "<NICS/>");
    for (const int count : {1, guests}) {
        const std::vector<std::string> these(computes.begin(), computes.begin() + count);
        std::vector<double> took;
        for (int round = 0; round < rounds; ++round) {
            {
                const Frozen frozen(processes_of(these));
                took.push_back(seconds([&] {
                    for (const auto& id : these) stage.wait_for("/compute/" + id, stuck);
                }));
            }
            stage.wait_until_ready();
        }
        print("from frozen to stuck in the entry, " + std::to_string(count) + " of " + std::to_string(guests),
              took, "s", ours_at_most(15));
    }
    stage.remove_computes(computes);
}

// Both are known to be stuck when they are forced off.
void frozen_force_off(Stage& stage) {
    const auto id = stage.start_compute(stage.disks() + "<NICS/>");
    Direct direct;
    Twin twin(direct, id, 1);
    twin.create();
    const auto ours = [&] {
        const Frozen frozen({qemu_of("occi-" + id)});
        stage.wait_for("/compute/" + id, stuck);
        const auto took = seconds([&] {
            stage.put_state(id, "CANCEL");
            stage.wait_for("/compute/" + id, "<STATE>STOPPED</STATE>");
        });
        stage.put_state(id, "RESUME");
        stage.wait_for("/compute/" + id, "<STATE>ACTIVE</STATE>");
        return took;
    };
    const auto theirs = [&] {
        const Frozen frozen({qemu_of(twin.name())});
        stage.wait_for("/compute/" + twin.name().substr(5), stuck);
        const auto took = seconds([&] { direct.force_off(twin.name()); });
        direct.start(twin.name());
        return took;
    };
    print("force off of a frozen guest", interleaved(rounds, ours, theirs), "s", "virDomainDestroy of one",
          ours_at_most(12));
    twin.destroy();
    stage.remove("/compute/" + id);
}

} // namespace bench
