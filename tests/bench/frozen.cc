// Guests that do not react: what the others notice of it, how soon it is said, and how soon one is off.
#include "tests/bench/answer_times.hh"
#include "tests/bench/benchmarks.hh"
#include "tests/bench/direct.hh"
#include "tests/bench/measure.hh"

#include <algorithm>
#include <cstdlib>

namespace bench {
namespace {

constexpr int guests = 20, rounds = 3;
constexpr int at_a_time = 8;      // of many that are started
constexpr Course course{3, 8, 8}; // after 4 s it is known
constexpr auto stuck = "<CONDITION>stuck</CONDITION>";

// 50 fit anywhere; GUESTS=300 needs 8 GiB and some minutes.
int many_from_environment() {
    constexpr int usual = 50;
    const auto* wanted = std::getenv("GUESTS");
    return wanted ? std::max(1, std::atoi(wanted)) : usual;
}

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

// What is asked of guests that react takes as long as alone, while others do not and each of these has a change
// pending: asked for at the same moment as they freeze, before anybody knows.
void frozen_others(Stage& stage) {
    const int all = many_from_environment();
    std::vector<std::string> computes;
    while (static_cast<int>(computes.size()) < all) {
        const int some = std::min(at_a_time, all - static_cast<int>(computes.size()));
        const auto more = stage.start_computes(some, stage.disks() + "<NICS/>");
        computes.insert(computes.end(), more.begin(), more.end());
    }
    const auto healthy = stage.start_compute(stage.disks() + "<NICS/>");
    const auto suspend = [&] {
        const auto took = seconds([&] {
            stage.put_state(healthy, "SUSPENDED");
            stage.wait_for("/compute/" + healthy, "<STATE>SUSPENDED</STATE>");
        });
        stage.put_state(healthy, "RESUME");
        stage.wait_for("/compute/" + healthy, "<STATE>ACTIVE</STATE>");
        return took;
    };
    const auto create_and_force_off = [&](double& off) {
        std::string id;
        const auto took = seconds([&] { id = stage.start_compute(stage.disks() + "<NICS/>"); });
        off = seconds([&] {
            stage.put_state(id, "CANCEL");
            stage.wait_for("/compute/" + id, "<STATE>STOPPED</STATE>");
        });
        stage.remove("/compute/" + id);
        return took;
    };
    for (const int count : {1, 12, 50, 300}) {
        if (count > all) continue;
        const std::vector<std::string> these(computes.begin(), computes.begin() + count);
        Pair suspended, created, forced;
        for (int round = 0; round < rounds; ++round) {
            double off = 0;
            suspended.theirs.push_back(suspend());
            created.theirs.push_back(create_and_force_off(off));
            forced.theirs.push_back(off);
            {
                const Frozen frozen(processes_of(these));
                for (const auto& id : these) stage.ask_for_state(id, "SUSPENDED");
                suspended.ours.push_back(suspend());
                created.ours.push_back(create_and_force_off(off));
                forced.ours.push_back(off);
            }
            stage.wait_until_ready();
            for (const auto& id : these) stage.make_active(id);
        }
        const auto when = ", " + std::to_string(count) + " of " + std::to_string(all) + " frozen";
        print("suspend another" + when, suspended, "s", "none frozen", ratio_at_most(1.1));
        print("create another" + when, created, "s", "none frozen", ratio_at_most(1.1));
        print("force off another" + when, forced, "s", "none frozen", ratio_at_most(1.1));
    }
    for (std::size_t from = 0; from < computes.size(); from += at_a_time) {
        const auto to = std::min(computes.size(), from + at_a_time);
        stage.remove_computes({computes.begin() + static_cast<std::ptrdiff_t>(from),
                               computes.begin() + static_cast<std::ptrdiff_t>(to)});
    }
    stage.remove("/compute/" + healthy);
}

} // namespace bench
