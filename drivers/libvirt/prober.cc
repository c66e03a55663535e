#include "drivers/libvirt/prober.hh"

#include "agent/base/log.hh"
#include "drivers/libvirt/bulk.hh"
#include "drivers/libvirt/guest_process.hh"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <set>

namespace hv::libvirt {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr unsigned most_samples = 2; // under way, whoever still waits for them
constexpr auto patience_for_a_seat = 500ms;

struct Running {
    std::string name;
    Observation observation;
};

std::optional<Control> control_of(virDomainPtr domain) {
    virDomainControlInfo info{};
    if (virDomainGetControlInfo(domain, &info, 0) < 0) return std::nullopt;
    return Control{info.state, info.details, std::chrono::milliseconds(info.stateTime)};
}

std::vector<Running> all_running(virConnectPtr connect) {
    std::vector<Running> all;
    for (const auto& domain : running_domains(connect))
        all.push_back(
            {virDomainGetName(domain.get()), {id_of(domain.get()), control_of(domain.get()), std::nullopt}});
    return all;
}

// What fails in one round is tried again in the next.
template <class F> void attempt(F&& step) noexcept {
    try {
        step();
    } catch (const std::exception& failure) {
        logging::debug("looking after the guests: {}", failure.what());
    }
}

} // namespace

// What the calls leave for the prober. They own it, since they may outlive the prober.
struct Prober::Mail {
    std::mutex mutex;
    std::condition_variable_any come;
    bool looking = false;
    unsigned samples = 0;
    // What the newest look has found, and when it began.
    std::vector<Running> running;
    Clock::time_point asked{};

    void put(std::vector<Running> seen, Clock::time_point began) {
        std::lock_guard hold(mutex);
        running = std::move(seen);
        asked = began;
    }
    template <class F> void note(F&& change) {
        {
            std::lock_guard hold(mutex);
            change(*this);
        }
        come.notify_all();
    }
};

Prober::Prober(Connection& connection, std::shared_ptr<Diagnoses> diagnoses, std::filesystem::path pid_folder,
               Tell tell, Timing timing)
    : connection_(connection), diagnoses_(std::move(diagnoses)), pid_folder_(std::move(pid_folder)),
      tell_(std::move(tell)), timing_(timing), mail_(std::make_shared<Mail>()), crew_("libvirt-probe"),
      thread_([this](const std::stop_token& stop) { look_after(stop); }) {}

Prober::~Prober() { stop(); }

void Prober::stop() noexcept {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

void Prober::look_after(const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "libvirt-prober");
    auto next_sample = Clock::now();
    for (auto due = Clock::now(); !stop.stop_requested(); due = std::max(due + timing_.round, Clock::now())) {
        attempt([this] { look_around(); });
        if (Clock::now() >= next_sample) {
            attempt([this] { take_a_sample(); });
            next_sample += timing_.sampling;
        }
        {
            // Half of the round is left to the look; what comes later counts in the next one.
            std::unique_lock hold(mail_->mutex);
            mail_->come.wait_until(hold, stop, due + timing_.round / 2, [this] { return !mail_->looking; });
        }
        attempt([this] { judge(); });
        std::unique_lock hold(mail_->mutex);
        mail_->come.wait_until(hold, stop, due + timing_.round, [] { return false; });
    }
}

// Only to make libvirt speak to the monitors; what they answer is nobody's interest here.
void Prober::take_a_sample() {
    std::set<Uuid> stopped; // since the last round: what is asked of them would only hang
    {
        std::lock_guard hold(mail_->mutex);
        if (mail_->samples >= most_samples || mail_->running.empty()) return;
        for (const auto& each : mail_->running)
            if (is_stopped(process_of(pid_folder_, each.name).value_or('S')))
                stopped.insert(each.observation.id);
    }
    auto seat = connection_.lend(Lane::probing, Lane::probing, patience_for_a_seat);
    mail_->note([](Mail& mail) { ++mail.samples; });
    Defer unsent([this] { mail_->note([](Mail& mail) { --mail.samples; }); });
    crew_.run([mail = mail_, diagnoses = diagnoses_, stopped = std::move(stopped),
               seat = std::move(seat)]() mutable {
        try {
            speak_to_monitors(seat.get(), [&](const Uuid& id) {
                return !stopped.contains(id) &&
                       !diagnoses->with([&](const auto& known) { return known.verdict(id).has_value(); });
            });
        } catch (const std::exception& failure) {
            logging::debug("{}", failure.what());
        }
        seat.reset();
        mail->note([](Mail& each) { --each.samples; });
    });
    unsent.dismiss();
}

void Prober::look_around() {
    {
        std::lock_guard hold(mail_->mutex);
        if (mail_->looking) return;
    }
    auto seat = connection_.lend(Lane::sampling, Lane::watch, patience_for_a_seat);
    mail_->note([](Mail& mail) { mail.looking = true; });
    Defer unsent([this] { mail_->note([](Mail& mail) { mail.looking = false; }); });
    crew_.run([mail = mail_, seat = std::move(seat)]() mutable {
        const auto began = Clock::now();
        try {
            mail->put(all_running(seat.get()), began);
        } catch (const std::exception& failure) {
            logging::debug("{}", failure.what());
        }
        seat.reset();
        mail->note([](Mail& each) { each.looking = false; });
    });
    unsent.dismiss();
}

void Prober::judge() {
    std::vector<Running> running;
    Clock::time_point asked;
    {
        std::lock_guard hold(mail_->mutex);
        running = mail_->running;
        asked = mail_->asked;
        for (auto& each : mail_->running) each.observation.control.reset(); // evidence for one round only
    }
    std::vector<Observation> observations;
    observations.reserve(running.size());
    for (auto& each : running) {
        each.observation.process = process_of(pid_folder_, each.name);
        observations.push_back(std::move(each.observation));
    }
    const Moment now{Clock::now(), std::chrono::system_clock::now()};
    const auto news = diagnoses_->with([&](auto& known) { return known.round(observations, asked, now); });
    for (const auto& each : news) {
        logging::warning("compute {}: {}", each.id, each.stuck.empty() ? "reacts again" : each.stuck);
        tell_(each.id, each.stuck);
    }
}

} // namespace hv::libvirt
