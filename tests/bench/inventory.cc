// What an event costs while there are many computes, and what readers notice of it. On the fake hypervisor, since it is
// the agent's own work that is measured; beside it, in the same run, a table that is copied whole for each event, under
// a lock that readers take.
#include "tests/bench/benchmarks.hh"
#include "tests/bench/load.hh"
#include "tests/bench/measure.hh"
#include "tests/support/agent_under_test.hh"

#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace bench {
namespace {

constexpr int computes = 10'000, events = 1000, rounds = 5;
constexpr double get_seconds = 2.0;
constexpr auto patience = std::chrono::seconds(60);

class Copied {
public:
    using Table = std::map<Uuid, std::shared_ptr<const hv::Machine>, std::less<>>;

    std::shared_ptr<const Table> now() const {
        std::lock_guard hold(mutex_);
        return newest_;
    }
    void put(const Uuid& id, const std::shared_ptr<const hv::Machine>& machine) {
        std::lock_guard hold(mutex_);
        auto next = std::make_shared<Table>(*newest_);
        (*next)[id] = machine;
        newest_ = std::move(next);
    }
    void fill(const state::Table<hv::Machine>& all) {
        newest_ = std::make_shared<const Table>(all.begin(), all.end());
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Table> newest_;
};

struct World {
    support::AgentUnderTest agent;
    std::vector<Uuid> ids;
    Copied copied;
    std::size_t poured = 0;

    World() {
        for (int i = 0; i < computes; ++i) {
            ids.push_back(new_uuid());
            agent.host().compute().define(ids.back(), {});
        }
        agent.host().settle();
        wait_for([&](const state::Snapshot& seen) { return seen.machines.size() >= ids.size(); });
        copied.fill(agent.inventory().now()->machines);
    }
    void wait_for(const std::function<bool(const state::Snapshot&)>& holds) {
        if (!agent.inventory().wait(holds, patience)) throw std::runtime_error("the events are not taken in");
    }
    // One event for each of `events` machines, until all are taken in. Copies the other table as often, if it is to.
    void pour(bool copies) {
        const auto& last = ids[(poured + events - 1) % ids.size()];
        const auto state =
            poured / ids.size() % 2 == 0 ? hv::MachineState::running : hv::MachineState::paused;
        const auto machine = *agent.inventory().now()->machines.find(last);
        for (int i = 0; i < events; ++i) {
            const auto& id = ids[poured++ % ids.size()];
            agent.host().set_state(id, state, "");
            if (copies) copied.put(id, machine);
        }
        wait_for(
            [&](const state::Snapshot& seen) { return state::find(seen.machines, last)->state == state; });
    }
};

double cpu_seconds() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

double cpu_of_an_event(World& world, bool copies) {
    const auto before = cpu_seconds();
    world.pour(copies);
    return (cpu_seconds() - before) / events * 1e6;
}

// Microseconds that 99 of 100 readings of the newest table take at most, while events pour in.
template <class F> double reading_beside(World& world, bool copies, F&& read) {
    std::jthread pouring([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) world.pour(copies);
    });
    std::vector<double> each;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (std::chrono::steady_clock::now() < until) {
        each.push_back(seconds(read) * 1e6);
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return percentile(each, 0.99);
}

} // namespace

void inventory_events(Stage&) {
    World world;
    const auto among = "10 000 computes, events pour in: ";
    const auto theirs_are = "with a std::map copied for each";
    print(std::string(among) + "CPU of an event",
          interleaved(
              rounds, [&] { return cpu_of_an_event(world, false); },
              [&] { return cpu_of_an_event(world, true); }),
          "us", theirs_are, ratio_at_most(0.5));
    const auto& id = world.ids.front();
    print(std::string(among) + "one looked up in the newest, p99",
          interleaved(
              rounds,
              [&] {
                  return reading_beside(world, false,
                                        [&] { state::find(world.agent.inventory().now()->machines, id); });
              },
              [&] { return reading_beside(world, true, [&] { world.copied.now()->find(id); }); }),
          "us", theirs_are, ratio_at_most(0.5));
    const auto port = world.agent.client().port();
    const auto get = [&] { return load(port, "/compute/" + id, 1, get_seconds).p99_ms; };
    const auto get_beside = [&] {
        std::jthread pouring([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) world.pour(false);
        });
        return get();
    };
    print(std::string(among) + "GET of one, p99", interleaved(rounds, get_beside, get), "ms",
          "without events");
}

} // namespace bench
