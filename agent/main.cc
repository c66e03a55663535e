// occi-agent: reads the options and the configuration, makes the agent, serves until it is told to end.
#include "agent/agent.hh"
#include "agent/api/version.hh"
#include "agent/base/descriptor_limit.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/no_dump.hh"
#include "agent/base/text.hh"
#include "agent/cli/commands.hh"
#include "agent/config/load.hh"
#include "agent/config/settings.hh"
#include "agent/http/server.hh"
#include "agent/last_word.hh"
#include "agent/options.hh"
#include "agent/reload.hh"
#include "agent/self_check.hh"
#include "agent/this_host.hh"
#include "agent/watchdog.hh"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <initializer_list>
#include <malloc.h>
#include <pthread.h>
#include <span>
#include <string>
#include <systemd/sd-daemon.h>
#include <vector>

namespace {

constexpr auto server_name = "occi-agent/" OCCI_AGENT_VERSION;
constexpr auto grace = std::chrono::seconds(5);    // for requests that run when the end comes
constexpr auto patience = std::chrono::seconds(8); // for all that has to end

// glibc gives each of our forty-odd threads a heap of its own, up to eight for a core, and none of them gives back what
// another needs: under random requests the agent grew by 25 MB in two minutes, of which it used 1.
constexpr int most_heaps = 2;

std::vector<http::Listener> open_listeners(const Config& config) {
    auto listeners = http::inherited();
    for (const auto& listener : listeners)
        settings::check_reach(listener.endpoint, config, "inherited socket");
    if (!listeners.empty()) return listeners;
    for (const auto& text : config.listen)
        for (auto& listener : http::listen_on(text, config.sockets)) listeners.push_back(std::move(listener));
    return listeners;
}

std::string places_of(const std::vector<http::Listener>& listeners) {
    std::string places;
    for (const auto& listener : listeners) {
        places += (places.empty() ? "" : ", ") + listener.endpoint.text();
        if (!listener.name.empty()) places += " (" + text::printable(listener.name) + ")";
    }
    return places;
}

sigset_t set_of(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals) sigaddset(&set, signal);
    return set;
}

// Blocked before the first thread is made, so that no other thread gets them.
sigset_t block_signals() {
    const auto signals = set_of({SIGINT, SIGTERM, SIGHUP});
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

// sd_notify(3): a unit of Type=notify-reload counts the time from here.
void reload(Reload& configuration) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    constexpr std::int64_t million = 1'000'000;
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
               static_cast<long long>(now.tv_sec * million + now.tv_nsec / 1000));
    configuration.again();
    sd_notify(0, "READY=1");
}

void wait_for_end(const sigset_t& signals, Reload& configuration) {
    for (int signal = 0; sigwait(&signals, &signal) == 0;) {
        if (signal != SIGHUP) return;
        reload(configuration);
    }
}

// `end` goes when all of this has gone.
void serve(const Options& options, const Config& config, const sigset_t& signals, LastWord& end) {
    logging::set_threshold(config.log_level);
    const auto descriptors = raise_descriptor_limit();
    const auto limits = settings::fitting(config.limits, descriptors);
    const auto tls = settings::tls_of(config);
    auto listeners = open_listeners(config);
    const auto host = make_host(config.libvirt);
    logging::info("{}", host->hypervisor().describe());

    Agent agent(*host, config.state, settings::services_of(config), config.instance_types,
                settings::auth_of(config));
    const auto where = places_of(listeners);
    http::Server server(agent.api(), std::move(listeners),
                        {limits, tls, config.access_log, settings::proxies_of(config)},
                        std::string(server_name) + " " + api::versions_of(agent.context().model));
    agent.door().use(settings::names_of(config, tls.get()));
    if (agent.authenticator().is_open())
        logging::warning(
            "no authentication is configured: every local user is an administrator of this host");
    logging::info("{} listens on {}", server_name, where);
    if (tls) logging::info("TLS: {}", tls->summary());
    auto& notices = agent.context().notices;
    Reload configuration(options.config, options.config_named, config, descriptors, server,
                         agent.authenticator(), agent.door(), tls, [&notices](const std::string& why_not) {
                             if (why_not.empty()) return notices.settle("configuration");
                             notices.raise("configuration",
                                           "the new configuration was not taken: " + why_not +
                                               "; mend it and reload (systemctl reload occi-agent)");
                         });
    const Watchdog watchdog(server, agent.context());

    if (!end.started()) wait_for_end(signals, configuration);
    end.begin();
    sd_notify(0, "STOPPING=1");
    logging::info("ending; guests go on");
    server.stop(grace);
}

// The last word is the last to go.
void run(const Options& options, const Config& config) {
    forbid_dumps();
    const auto signals = block_signals();
    LastWord end(set_of({SIGINT, SIGTERM}), patience);
    serve(options, config, signals, end);
}

int check(const Config& config) {
    const auto [faults, notes] = check_surroundings(config);
    for (const auto& note : notes) std::printf("note: %s\n", note.c_str());
    if (!faults.empty()) throw ConfigError(faults);
    std::puts("the configuration is good");
    return exit_code::good;
}

} // namespace

int main(int count, char** words) {
    const std::span given(words, static_cast<std::size_t>(count));
    if (count > 1 && cli::is_verb(given[1])) return cli::run(given.subspan(1));
    int code = exit_code::good;
    const auto options = parse_options(count, words, code);
    if (!options) return code;
    ::mallopt(M_ARENA_MAX, most_heaps);
    try {
        const auto config = load_config(options->config, options->config_named, settings::faults);
        if (options->check_only) return check(config);
        run(*options, config);
        return exit_code::good;
    } catch (const ConfigError& failure) {
        for (const auto& problem : failure.problems) std::fprintf(stderr, "%s\n", problem.c_str());
        return exit_code::configuration;
    } catch (const Error& failure) {
        logging::error("{}", failure.what());
        return failure.fault() == Fault::internal ? exit_code::internal : exit_code::unavailable;
    } catch (const std::exception& failure) {
        logging::error("{}", failure.what());
        return exit_code::internal;
    }
}
