#include "drivers/libvirt/diagnosis.hh"

#include "agent/base/clock.hh"
#include "agent/base/text.hh"

#include <libvirt/libvirt.h>

namespace hv::libvirt {
namespace {

using namespace std::chrono_literals;

constexpr auto patience_with_a_monitor = 8s;
constexpr std::uint64_t largest_pid = 1 << 22; // PID_MAX_LIMIT of Linux

// Whether a sign is seen; nullopt: what it is seen by was not to be seen.
using Seen = std::optional<bool>;

Seen is_stopped_by_signal(const Observation& guest) {
    if (!guest.process) return std::nullopt;
    return *guest.process == 'T' || *guest.process == 't';
}

Seen is_blocked(const Observation& guest) {
    if (!guest.process) return std::nullopt;
    return *guest.process == 'D';
}

// A command to its monitor is under way, for so long.
Seen is_silent(const Observation& guest) {
    if (!guest.control) return std::nullopt;
    return guest.control->state == VIR_DOMAIN_CONTROL_OCCUPIED &&
           guest.control->held > patience_with_a_monitor;
}

// The same while it is being saved, say. Then `held` is the age of the saving, which may well take long: so it has to
// be met at a command more than once running.
Seen is_silent_in_a_job(const Observation& guest) {
    if (!guest.control) return std::nullopt;
    return guest.control->state == VIR_DOMAIN_CONTROL_JOB && guest.control->held > patience_with_a_monitor;
}

bool is_monitor_error(const Control& control) {
    return control.details == VIR_DOMAIN_CONTROL_ERROR_REASON_MONITOR;
}

Seen is_cut_off(const Observation& guest) {
    if (!guest.control) return std::nullopt;
    return guest.control->state == VIR_DOMAIN_CONTROL_ERROR && is_monitor_error(*guest.control);
}

// libvirt also says so for a moment at the beginning and at the end of what it does to a domain.
Seen is_lost_to_libvirt(const Observation& guest) {
    if (!guest.control) return std::nullopt;
    return guest.control->state == VIR_DOMAIN_CONTROL_ERROR && !is_monitor_error(*guest.control);
}

struct Sign {
    std::string_view phrase;
    Seen (*seen)(const Observation&);
    unsigned rounds; // at least so many in a row
    std::chrono::milliseconds lasting;
    bool since_held = false; // it began when libvirt says, not when it was first seen
};

// The first that holds gives the sentence.
constexpr std::array table{
    Sign{"its process is stopped", is_stopped_by_signal, 2, 0s},
    Sign{"its process is blocked in the kernel (disk?)", is_blocked, 2, 10s},
    Sign{"monitor silent", is_silent, 1, 0s, true},
    Sign{"monitor silent", is_silent_in_a_job, 3, 4s},
    Sign{"monitor connection broken", is_cut_off, 2, 0s},
    Sign{"libvirt cannot control it", is_lost_to_libvirt, 3, 8s},
};

} // namespace

// Whether the verdict on a sign holds.
bool Diagnosis::stands(const Case& one, std::size_t sign, const Moment& now) {
    const auto& streak = one.streaks[sign];
    return streak.rounds >= table[sign].rounds && now.steady - streak.first.steady >= table[sign].lasting;
}

std::optional<Diagnosis::News> Diagnosis::judge(const Uuid& id, Case& one, const Moment& now) {
    // As long as its reason stands the verdict stays as it was said.
    if (one.sign && stands(one, *one.sign, now)) return std::nullopt;
    for (std::size_t sign = 0; sign < table.size(); ++sign) {
        if (!stands(one, sign, now)) continue;
        const auto since = one.streaks[sign].first.wall;
        one.sign = sign;
        one.verdict = {std::string(table[sign].phrase) + " since " + to_rfc3339(since), since};
        return News{id, one.verdict.sentence};
    }
    if (!one.sign) return std::nullopt;
    one.sign.reset();
    return News{id, ""};
}

bool Diagnosis::is_forgotten(const Uuid& id, std::chrono::steady_clock::time_point asked) const {
    const auto known = forgotten_.find(id);
    return known != forgotten_.end() && known->second >= asked;
}

std::vector<Diagnosis::News> Diagnosis::round(const std::vector<Observation>& running,
                                              std::chrono::steady_clock::time_point asked,
                                              const Moment& now) {
    static_assert(table.size() == signs);
    std::vector<News> news;
    if (asked <= all_forgotten_) return news;
    std::map<Uuid, Case, std::less<>> cases;
    for (const auto& guest : running) {
        if (is_forgotten(guest.id, asked)) continue;
        auto& one = cases[guest.id];
        if (const auto known = cases_.find(guest.id); known != cases_.end()) one = known->second;
        for (std::size_t sign = 0; sign < table.size(); ++sign) {
            auto& streak = one.streaks[sign];
            const auto seen = table[sign].seen(guest);
            if (!seen) continue;
            if (!*seen) {
                streak = {};
                continue;
            }
            const auto held = table[sign].since_held ? guest.control->held : 0ms;
            if (streak.rounds++ == 0) streak.first = {now.steady - held, now.wall - held};
        }
        if (auto told = judge(guest.id, one, now)) news.push_back(std::move(*told));
    }
    cases_ = std::move(cases);
    std::erase_if(forgotten_, [&](const auto& each) { return each.second < asked; });
    return news;
}

void Diagnosis::forget(const Uuid& id, std::chrono::steady_clock::time_point now) {
    cases_.erase(id);
    forgotten_[id] = now;
}

void Diagnosis::forget_all(std::chrono::steady_clock::time_point now) {
    cases_.clear();
    forgotten_.clear();
    all_forgotten_ = now;
}

std::optional<Verdict> Diagnosis::verdict(std::string_view id) const {
    const auto known = cases_.find(id);
    if (known == cases_.end() || !known->second.sign) return std::nullopt;
    return known->second.verdict;
}

std::optional<char> state_in_stat(std::string_view stat) noexcept {
    const auto end_of_name = stat.rfind(')');
    if (end_of_name == stat.npos || end_of_name + 2 >= stat.size() || stat[end_of_name + 1] != ' ')
        return std::nullopt;
    return stat[end_of_name + 2];
}

std::optional<std::uint64_t> pid_in(std::string_view text) noexcept {
    const auto pid = text::to_number(text::trim(text), largest_pid);
    return pid && *pid > 0 ? pid : std::nullopt;
}

} // namespace hv::libvirt
