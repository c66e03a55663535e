// `make bench`: what the agent promises in numbers, each against its floor, in one run on the private host.
#include "tests/bench/direct.hh"
#include "tests/bench/load.hh"
#include "tests/bench/measure.hh"
#include "tests/support/agent_process.hh"
#include "tests/support/eventually.hh"

#include <cstdio>
#include <httplib.h>
#include <stdexcept>
#include <thread>

namespace {

constexpr int rounds = 5;
constexpr double round_seconds = 1.0;
constexpr int machines = 1000;

// The floor of HTTP: cpp-httplib saying hello, with its connections kept open.
class Hello {
public:
    Hello() {
        server_.set_keep_alive_max_count(1'000'000'000);
        server_.set_tcp_nodelay(true);
        server_.Get("/", [](const httplib::Request&, httplib::Response& answer) {
            answer.set_content("hello", "text/plain");
        });
        port_ = static_cast<unsigned>(server_.bind_to_any_port("127.0.0.1"));
        thread_ = std::jthread([this] { server_.listen_after_bind(); });
    }
    ~Hello() { server_.stop(); }
    unsigned port() const { return port_; }

private:
    httplib::Server server_;
    unsigned port_ = 0;
    std::jthread thread_;
};

std::string good_id(const support::Answer& answer) {
    if (answer.status != 201) throw std::runtime_error(std::to_string(answer.status) + " " + answer.body);
    return answer.id();
}

void wait_for(const support::Client& client, const std::string& path, const std::string& part, bool there) {
    const bool came =
        support::eventually([&] { return (client.get(path).body.find(part) != std::string::npos) == there; },
                            std::chrono::seconds(60));
    if (!came) throw std::runtime_error(path + ": " + client.get(path).body);
}

std::string make_image(support::AgentProcess& agent) {
    const auto url = agent.offer(support::environment("OCCI_AGENT_GUESTS") + "/micro.raw");
    const auto id =
        good_id(agent.client().post("/storage", "<DISK><NAME>micro</NAME><URL>" + url + "</URL></DISK>"));
    wait_for(agent.client(), "/storage/" + id, "<STATE>", false);
    return id;
}

std::string start_compute(support::AgentProcess& agent, const std::string& image) {
    const auto id = good_id(agent.client().post("/compute", "<COMPUTE><NAME>b</NAME><DISKS><DISK image=\"" +
                                                                image + "\"/></DISKS></COMPUTE>"));
    wait_for(agent.client(), "/compute/" + id, "<STATE>ACTIVE</STATE>", true);
    return id;
}

void remove(support::AgentProcess& agent, const std::string& path) {
    agent.client().remove(path);
    if (!support::eventually([&] { return agent.client().get(path).status == 404; }))
        throw std::runtime_error("not gone: " + path);
}

void bench_get(support::AgentProcess& agent, const std::string& image) {
    Hello hello;
    const auto path = "/compute/" + start_compute(agent, image);
    for (const unsigned connections : {1U, 8U}) {
        const auto pair = bench::interleaved(
            rounds,
            [&] { return bench::load(agent.client().port(), path, connections, round_seconds).per_second; },
            [&] { return bench::load(hello.port(), "/", connections, round_seconds).per_second; });
        bench::print("GET of one compute, " + std::to_string(connections) + " connections", pair, "1/s",
                     "bare cpp-httplib hello", "");
    }
    remove(agent, path);
}

void bench_create(support::AgentProcess& agent, const std::string& image, bench::Direct& direct) {
    const auto backing = "/var/lib/libvirt/occi-agent-tests/" + image + ".raw";
    const auto ours = [&] {
        std::string id;
        const auto took = bench::seconds([&] { id = start_compute(agent, image); });
        remove(agent, "/compute/" + id);
        return took * 1000;
    };
    const auto theirs = [&] {
        const auto took = bench::seconds([&] { direct.create(backing); });
        direct.destroy();
        return took * 1000;
    };
    bench::print("create to running (clone, lease, define, start)",
                 bench::interleaved(2 * rounds + 1, ours, theirs), "ms", "the same by libvirt's C API", "");
}

void bench_list(support::AgentProcess& agent, bench::Direct& direct) {
    direct.define_many(machines);
    const auto all = [&] {
        const auto body = agent.client().get("/compute").body;
        std::size_t count = 0;
        for (auto at = body.find("<COMPUTE "); at != std::string::npos; at = body.find("<COMPUTE ", at + 1))
            ++count;
        return count >= static_cast<std::size_t>(machines);
    };
    if (!support::eventually(all, std::chrono::seconds(60)))
        throw std::runtime_error("the agent does not list what libvirt has");
    const auto pair = bench::interleaved(
        rounds, [&] { return bench::load(agent.client().port(), "/compute", 1, round_seconds).median_ms; },
        [&] { return bench::seconds([&] { direct.list_with_details(); }) * 1000; });
    bench::print("list of " + std::to_string(machines) + " computes", pair, "ms",
                 "list+XML+info by libvirt's C API", "<= 0.004");
    direct.forget_many();
}

} // namespace

int main() try {
    support::AgentProcess agent;
    wait_for(agent.client(), "/network", "<NETWORK ", true);
    bench::Direct direct;
    const auto image = make_image(agent);
    std::printf("medians of %d rounds, client and server on the same machine\n", rounds);
    bench_get(agent, image);
    bench_create(agent, image, direct);
    bench_list(agent, direct);
    remove(agent, "/storage/" + image);
    return 0;
} catch (const std::exception& failure) {
    std::fprintf(stderr, "bench: %s\n", failure.what());
    return 1;
}
