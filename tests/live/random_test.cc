// Whatever several clients ask at a time of several computes with real guests: some order explains every answer and
// every result, it is the order in which the agent says that it did them, libvirt has what the agent shows, and nothing
// is left at the end.
//
//   OCCI_AGENT_SEED    decides all that is asked, and what is done to the agent and to libvirtd
//   OCCI_AGENT_ROUNDS  in each of which every client asks for one thing; 200 unless it is given
//   OCCI_AGENT_SOAK=1  also kills the agent and libvirtd now and then, and sees that the agent does not grow
#define BOOST_TEST_DYN_LINK
#include "agent/base/text.hh"
#include "agent/base/uuid.hh"
#include "tests/live/fixture.hh"
#include "tests/live/process_size.hh"
#include "tests/live/row.hh"
#include "tests/support/random_life.hh"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>
#include <optional>
#include <random>

namespace {

using Life = support::Compute::Life;

constexpr std::uint64_t usual_rounds = 200;
constexpr unsigned rounds_in_a_go = 5, clients = 5;
constexpr std::chrono::milliseconds between_looks{200}; // whether libvirtd is there
// In so many goes about once.
constexpr std::uint64_t agent_dies_in = 8, libvirtd_dies_in = 12;

std::optional<std::uint64_t> number_in(const char* variable) {
    const char* text = std::getenv(variable);
    if (!text || !*text) return std::nullopt;
    return std::strtoull(text, nullptr, 10);
}

std::string_view libvirts_word(Life life) {
    using enum Life;
    return life == none      ? "none"
           : life == off     ? "off"
           : life == saved   ? "saved"
           : life == running ? "running"
                             : "paused";
}

struct Fixture : live::Fixture {
    Fixture() : live::Fixture({.stop_time = std::chrono::seconds(2)}) {
        std::printf("OCCI_AGENT_SEED=%llu OCCI_AGENT_ROUNDS=%llu\n", static_cast<unsigned long long>(seed),
                    static_cast<unsigned long long>(rounds));
        std::fflush(stdout);
    }

    const std::uint64_t seed = number_in("OCCI_AGENT_SEED").value_or(std::random_device()());
    const std::uint64_t rounds = number_in("OCCI_AGENT_ROUNDS").value_or(usual_rounds);
    const bool soak = number_in("OCCI_AGENT_SOAK").value_or(0) != 0;
    const std::string micro = image("micro.raw"), deaf = image("deaf.raw");
    support::RandomLife life{client,
                             {{new_uuid(), live::disk(micro), "<NICS/>"},
                              {new_uuid(), live::disk(micro), "<NICS/>"},
                              {new_uuid(), live::disk(micro), ""},
                              {new_uuid(), live::disk(deaf), "<NICS/>", true}},
                             seed,
                             clients};
    std::mt19937_64 fate{seed + 1};
    unsigned agents_killed = 0, libvirtds_killed = 0, libvirtds_died = 0;
    live::Growth growth;

    // Which request the agent, or libvirtd, will not live to see; far beyond all of them: it lives.
    std::uint64_t last_request_of(std::uint64_t sent, std::uint64_t once_in) {
        const auto at = fate() % (rounds_in_a_go * clients);
        return fate() % once_in == 0 ? sent + at : UINT64_MAX;
    }
    void kill_agent() {
        agent.end(SIGKILL);
        agent.start();
        ++agents_killed;
        growth.begin_anew();
    }
    void kill_libvirtd() {
        live::kill_libvirtd();
        live::start_libvirtd();
        node = live::Node();
        ++libvirtds_killed;
    }

    // libvirt 9.0 may die when a machine is forced off while it starts (drivers/libvirt/README.md). systemd would start
    // it again.
    void see_to_libvirtd() {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_look_) return;
        next_look_ = now + between_looks;
        if (!live::processes("libvirtd").empty()) return;
        live::start_libvirtd();
        node = live::Node();
        ++libvirtds_died;
    }

    std::vector<std::string> go() {
        auto agent_dies = soak ? last_request_of(life.requests(), agent_dies_in) : UINT64_MAX;
        auto libvirtd_dies = soak ? last_request_of(life.requests(), libvirtd_dies_in) : UINT64_MAX;
        return life.next(rounds_in_a_go, [&](std::uint64_t sent) {
            see_to_libvirtd();
            if (sent >= agent_dies) {
                agent_dies = UINT64_MAX;
                kill_agent();
            }
            if (sent >= libvirtd_dies) {
                libvirtd_dies = UINT64_MAX;
                kill_libvirtd();
            }
        });
    }

    // Past the agent.
    bool is_true(std::size_t slot) const {
        const auto there = node.state_of("occi-" + life.slots()[slot].id);
        for (const auto& state : life.states_of(slot))
            if (libvirts_word(state.life) == there) return true;
        BOOST_TEST_MESSAGE("libvirt has " << there << ", the agent "
                                          << describe(*life.states_of(slot).begin()));
        return false;
    }

    std::string last_warnings() const {
        constexpr std::size_t most = 100;
        std::vector<std::string> lines;
        for (const auto& line : text::split(agent.log(), '\n'))
            if (line.starts_with("<4>") || line.starts_with("<3>")) lines.push_back(line + "\n");
        std::string all;
        for (auto at = lines.size() - std::min(lines.size(), most); at < lines.size(); ++at) all += lines[at];
        return all;
    }

    void remove_all() {
        for (const auto& slot : life.slots())
            if (client.get("/compute/" + slot.id).status == 200) remove("/compute/" + slot.id);
        for (const auto& each : {micro, deaf}) remove("/storage/" + each);
        BOOST_TEST(nothing_is_left());
    }

private:
    std::chrono::steady_clock::time_point next_look_{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(live_random)

BOOST_FIXTURE_TEST_CASE(requests_have_an_order_that_explains_them, Fixture) {
    std::vector<std::string> wrong;
    for (std::uint64_t round = 0; wrong.empty() && round < rounds; round += rounds_in_a_go) {
        wrong = go();
        for (std::size_t slot = 0; wrong.empty() && slot < life.slots().size(); ++slot)
            if (!is_true(slot))
                wrong.push_back("libvirt has another state of compute " + life.slots()[slot].id);
        growth.look(agent.pid());
    }
    for (const auto& each : wrong) BOOST_ERROR("OCCI_AGENT_SEED=" << seed << ": " << each);
    if (!wrong.empty()) std::printf("the last warnings of the agent:\n%s", last_warnings().c_str());
    auto told = life.told();
    if (libvirtds_died > 0) told += fmt::format("; libvirtd died by itself {} times", libvirtds_died);
    live::row(fmt::format("{} rounds, seed {}", rounds, seed), told);
    live::row(fmt::format("{} times kill -9 of the agent, {} of libvirtd", agents_killed, libvirtds_killed),
              growth.told());
    if (soak) BOOST_TEST(growth.is_bounded(), growth.told());
    remove_all();
}

BOOST_AUTO_TEST_SUITE_END()
