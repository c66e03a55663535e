// Machines made one after the other and many at a time; and what that does to a client that wants one off.
#include "tests/bench/benchmarks.hh"
#include "tests/bench/direct.hh"
#include "tests/bench/measure.hh"
#include "tests/live/node.hh"
#include "tests/support/eventually.hh"

#include <future>
#include <list>
#include <stdexcept>

namespace bench {
namespace {

constexpr int rounds_of_one = 11, rounds_of_many = 5, rounds_of_force_off = 7;
constexpr int many = 16;
constexpr auto no_nics = "<NICS/>";
constexpr double most_time = 1 / 0.95; // 95 % of what the other side makes in the same time
constexpr double most_delay = 1.1;

double milliseconds(const std::function<void()>& work) { return seconds(work) * 1000; }

// Each with a connection of its own, as if a thread that has no agent had opened it.
class Twins {
public:
    Twins(const std::string& compute, unsigned count) {
        for (unsigned index = 1; index <= count; ++index) {
            auto& direct = connections_.emplace_back();
            all_.emplace_back(direct, compute, index);
        }
    }
    void create() {
        side_by_side(static_cast<int>(all_.size()), [&](int index) { all_[at(index)].create(); });
    }
    void destroy() {
        side_by_side(static_cast<int>(all_.size()), [&](int index) { all_[at(index)].destroy(); });
    }

private:
    static std::size_t at(int index) { return static_cast<std::size_t>(index); }
    std::list<Direct> connections_;
    std::vector<Twin> all_;
};

// `many` machines through the agent, from the first request until the last one runs.
std::vector<std::string> create_through(const Stage& stage, const std::string& inside) {
    Follower follower(stage);
    std::vector<std::string> ids(many);
    side_by_side(many, [&](int index) { ids[static_cast<std::size_t>(index)] = stage.post_compute(inside); });
    follower.wait_for("create compute", many);
    return ids;
}

void force_off_through(const Stage& stage, const std::string& id) {
    Follower follower(stage);
    stage.put_state(id, "CANCEL");
    follower.wait_for("force off compute", 1);
}

// Milliseconds that `force_off` takes while `create` is under way on another thread.
double beside(const std::function<void()>& create, const std::function<void()>& force_off) {
    const auto before = live::processes("qemu-system").size();
    auto creating = std::async(std::launch::async, create);
    const bool under_way =
        support::eventually([&] { return live::processes("qemu-system").size() > before; });
    const auto took = milliseconds(force_off);
    const bool still = creating.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
    creating.get();
    if (!under_way || !still) throw std::runtime_error("nothing was created meanwhile");
    return took;
}

} // namespace

void create_one(Stage& stage) {
    const auto model = stage.start_compute(stage.disks());
    Direct direct;
    Twin twin(direct, model, 1);
    const auto ours = [&] {
        std::string id;
        const auto took = milliseconds([&] { id = stage.start_compute(stage.disks()); });
        stage.remove("/compute/" + id);
        return took;
    };
    const auto theirs = [&] {
        const auto took = milliseconds([&] { twin.create(); });
        twin.destroy();
        return took;
    };
    print("create to running (clone, host entry, define, start)", interleaved(rounds_of_one, ours, theirs),
          "ms", "the same by libvirt's C API");
    stage.remove("/compute/" + model);
}

void create_many(Stage& stage) {
    for (const std::string nics : {no_nics, ""}) {
        const auto inside = stage.disks() + nics;
        const auto model = stage.start_compute(inside);
        Twins twins(model, many);
        const auto ours = [&] {
            std::vector<std::string> ids;
            const auto took = milliseconds([&] { ids = create_through(stage, inside); });
            stage.remove_computes(ids);
            return took;
        };
        const auto theirs = [&] {
            const auto took = milliseconds([&] {
                const Frozen agent({stage.agent.pid()}); // it would look at each of them
                twins.create();
            });
            twins.destroy();
            return took;
        };
        const std::string what =
            nics.empty() ? "creates, each with an address" : "creates (clone, define, start)";
        print(std::to_string(many) + " parallel " + what, interleaved(rounds_of_many, ours, theirs), "ms",
              "by C API, a connection each", ratio_at_most(most_time));
        stage.remove("/compute/" + model);
    }
}

void create_and_force_off(Stage& stage) {
    const auto inside = stage.disks() + no_nics;
    const auto model = stage.start_compute(inside);
    Twins twins(model, many);
    Direct direct;
    Twin victim(direct, model, many + 1);

    const auto ours_alone = [&] {
        const auto id = stage.start_compute(inside);
        const auto took = milliseconds([&] { force_off_through(stage, id); });
        stage.remove("/compute/" + id);
        return took;
    };
    const auto ours_beside = [&] {
        const auto id = stage.start_compute(inside);
        std::vector<std::string> ids;
        const auto took =
            beside([&] { ids = create_through(stage, inside); }, [&] { force_off_through(stage, id); });
        stage.remove_computes(ids);
        stage.remove("/compute/" + id);
        return took;
    };
    const auto theirs_alone = [&] {
        victim.create();
        const auto took = milliseconds([&] { direct.force_off(victim.name()); });
        victim.destroy();
        return took;
    };
    const auto theirs_beside = [&] {
        victim.create();
        const auto took = beside([&] { twins.create(); }, [&] { direct.force_off(victim.name()); });
        twins.destroy();
        victim.destroy();
        return took;
    };
    Pair ours, theirs;
    for (int round = 0; round < rounds_of_force_off; ++round) {
        ours.ours.push_back(ours_beside());
        theirs.ours.push_back(theirs_beside());
        ours.theirs.push_back(ours_alone());
        theirs.theirs.push_back(theirs_alone());
    }
    const auto creates = " beside " + std::to_string(many) + " creates";
    print("force off" + creates, ours, "ms", "the same alone", ratio_at_most(most_delay));
    print("virDomainDestroy" + creates + " by C API", theirs, "ms", "the same alone");
    print("force off" + creates, {ours.ours, theirs.ours}, "ms", "virDomainDestroy beside as many",
          ratio_at_most(most_delay));
    stage.remove("/compute/" + model);
}

} // namespace bench
