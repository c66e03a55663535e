// A libvirtd that does not answer, and one that comes back.
#include "tests/bench/answer_times.hh"
#include "tests/bench/benchmarks.hh"
#include "tests/bench/direct.hh"
#include "tests/bench/measure.hh"
#include "tests/live/node.hh"
#include "tests/support/eventually.hh"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <future>
#include <stdexcept>
#include <thread>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Course course{1, 15, 30}; // libvirt gives a connection up after 20 s
constexpr int machines = 500, rounds = 5;
constexpr auto patience = std::chrono::seconds(120);

std::vector<pid_t> libvirtd() {
    const auto all = live::processes("libvirtd");
    return {all.begin(), all.end()};
}

// When `holds` first does; what throws does not hold.
Clock::time_point first_time(const char* what, const std::function<bool()>& holds) {
    const auto quietly = [&] {
        try {
            return holds();
        } catch (const std::runtime_error&) {
            return false;
        }
    };
    if (!support::eventually(quietly, patience))
        throw std::runtime_error(std::string("it never came that ") + what);
    return Clock::now();
}

double seconds_from(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

} // namespace

void libvirtd_stopped(Stage& stage) {
    const auto id = stage.start_compute(stage.disks() + "<NICS/>");
    print_answer_times(stage, id, "libvirtd is stopped", course,
                       [&] { return std::make_shared<Frozen>(libvirtd()); });
    stage.remove("/compute/" + id);
}

// While libvirtd is away a guest's QEMU is killed. Time counts from when libvirtd answers again, which is when a new
// connection of somebody else's has listed all domains, until the agent is ready and shows that guest as FAILED. It may
// be the first to connect, and then has done so already.
void libvirtd_restarted(Stage& stage) {
    Direct().define_many(machines);
    stage.wait_for_computes(machines);
    const auto id = stage.start_compute(stage.disks() + "<NICS/>");
    const auto domain = "occi-" + id, entry = "/compute/" + id;
    const auto in_sync = [&] {
        return stage.client.get("/-/health").body.starts_with("{\"status\":\"ready\"") &&
               stage.client.get(entry).body.find("<STATE>FAILED</STATE>") != std::string::npos;
    };
    for (const auto away : {1, 30}) {
        std::vector<double> libvirt, agent;
        for (int round = 0; round < rounds; ++round) {
            const auto qemu = qemu_of(domain);
            live::kill_libvirtd();
            stage.wait_for("/-/health", "\"libvirt\":{\"status\":\"degraded\"");
            ::kill(qemu, SIGKILL);
            std::this_thread::sleep_for(std::chrono::seconds(away));
            auto synced =
                std::async(std::launch::async, [&] { return first_time("the agent is in sync", in_sync); });
            live::start_libvirtd();
            const auto answers =
                first_time("libvirtd answers", [] { return Direct().count_domains() > machines; });
            const auto shown =
                first_time("libvirt shows the change", [&] { return Direct().is_off(domain); });
            agent.push_back(std::max(0.0, seconds_from(answers, synced.get())));
            libvirt.push_back(seconds_from(answers, shown));
            Direct().start(domain);
            stage.wait_for(entry, "<STATE>ACTIVE</STATE>");
        }
        const auto back = "libvirtd back after " + std::to_string(away) + " s: ";
        print(back + "it shows what changed", libvirt, "s");
        print(back + "the agent is in sync", agent, "s", ours_at_most(1));
    }
    stage.remove(entry);
    Direct().forget_many(machines);
}

} // namespace bench
