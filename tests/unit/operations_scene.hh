#pragma once
// Operations over a real journal, whose steps tell what they did: for the tests of operations.

#include "agent/base/guarded.hh"
#include "agent/state/operations.hh"
#include "tests/support/eventually.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <optional>
#include <set>

namespace operations_scene {

using namespace state;
using namespace std::chrono_literals;

constexpr auto long_enough = 10s;

// What the steps of a test did, in order, and what stands because of them.
struct World {
    Guarded<std::vector<std::string>> done;
    Guarded<std::multiset<std::string>> stands;

    void did(const std::string& what) {
        done.with([&](auto& all) { all.push_back(what); });
    }
    std::string told() const {
        return done.with([](const auto& all) {
            std::string line;
            for (const auto& each : all) line += (line.empty() ? "" : " ") + each;
            return line;
        });
    }
};

// Opens once; steps pass it only then, or when they are asked to stop.
class Gate {
public:
    void open() { open_ = true; }
    bool reached() const { return reached_; }
    // On the thread of a step, where nothing of Boost's may be asked.
    void pass(const std::stop_token& stop) {
        reached_ = true;
        const bool ended = support::eventually([&] { return open_ || stop.stop_requested(); });
        if (!open_) throw Error(Fault::conflict, ended ? "asked to stop" : "nobody opens the gate");
    }

private:
    std::atomic<bool> open_ = false, reached_ = false;
};

struct Scene {
    support::TempFolder folder;
    World world;
    Gate gate;
    std::atomic<int> failures_left = 0;
    Fault fault = Fault::internal;
    std::vector<OperationKind> kinds;
    std::optional<Database> database;
    std::optional<Journal> journal;
    std::optional<Operations> operations;

    Step step(const std::string& name, bool no_return = false) {
        return {name,
                [this, name](Task&) {
                    world.did("+" + name);
                    world.stands.with([&](auto& all) { all.insert(name); });
                },
                [this, name](Task&) {
                    world.did("-" + name);
                    world.stands.with([&](auto& all) { all.erase(name); });
                },
                no_return};
    }
    Step failing(const std::string& name) {
        auto made = step(name);
        made.run = [this, name, run = made.run](Task& task) {
            run(task);
            if (failures_left-- > 0) throw Error(fault, name + " fails");
        };
        return made;
    }
    Step held(const std::string& name) {
        auto made = step(name);
        made.run = [this, run = made.run](Task& task) {
            run(task);
            gate.pass(task.stop());
        };
        return made;
    }
    OperationKind& kind(const std::string& name, std::vector<Step> steps) {
        OperationKind made;
        made.name = name;
        made.work = [this, steps = std::move(steps)](const Operation&) {
            Work work;
            work.steps = steps;
            work.ended = [this](const Operation& ended) { world.did(std::string(to_text(ended.stage))); };
            return work;
        };
        return kinds.emplace_back(std::move(made));
    }
    void begin(Operations::Threads threads = {}, std::chrono::milliseconds retry_pause = 0ms,
               std::function<void(const Operation&)> told = {}) {
        database.emplace(folder.path());
        journal.emplace(*database);
        operations.emplace(*journal, kinds,
                           Operations::Hooks{.told = std::move(told), .retry_pause = retry_pause}, threads);
    }
    // As if the process had died: what runs comes no further than the end of its step.
    void die() {
        operations.reset();
        journal.reset();
        database.reset();
    }
    Operation ask(const std::string& name, const Uuid& target = "a", const std::string& owner = "ann") {
        return operations->submit({name, "compute", target, owner, "a plan"});
    }
    Operation end_of(const Operation& operation) {
        BOOST_REQUIRE(operations->wait(operation.id, long_enough));
        return *operations->find(operation.id);
    }
};

inline bool says(const Error& failure, Fault fault, std::string_view part) {
    BOOST_TEST_MESSAGE(failure.what());
    return failure.fault() == fault && std::string_view(failure.what()).find(part) != std::string_view::npos;
}

} // namespace operations_scene
