#include "drivers/libvirt/life.hh"

#include "agent/base/text.hh"

#include <algorithm>
#include <array>
#include <libvirt/libvirt.h>

namespace hv::libvirt {
namespace {

constexpr auto running = MachineState::running;
constexpr auto paused = MachineState::paused;
constexpr auto off = MachineState::off;
constexpr auto saved = MachineState::saved;
constexpr auto crashed = MachineState::crashed;

struct Row {
    int event;
    int detail;
    Happening meaning;
};

// A definition may come and go while the domain runs: these two lead to no state.
constexpr std::array rows{
    Row{VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_ADDED, {"defined", "added", {}}},
    Row{VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_UPDATED, {"defined", "changed", {}}},
    Row{VIR_DOMAIN_EVENT_DEFINED, VIR_DOMAIN_EVENT_DEFINED_RENAMED, {"defined", "renamed", {}}},
    Row{VIR_DOMAIN_EVENT_DEFINED,
        VIR_DOMAIN_EVENT_DEFINED_FROM_SNAPSHOT,
        {"defined", "reverted to a snapshot", {}}},

    Row{VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_REMOVED, {"undefined", "removed", {}}},
    Row{VIR_DOMAIN_EVENT_UNDEFINED, VIR_DOMAIN_EVENT_UNDEFINED_RENAMED, {"undefined", "renamed", {}}},

    Row{VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED, {"started", "booted", running}},
    Row{VIR_DOMAIN_EVENT_STARTED,
        VIR_DOMAIN_EVENT_STARTED_MIGRATED,
        {"started", "moved here from another host", running}},
    Row{VIR_DOMAIN_EVENT_STARTED,
        VIR_DOMAIN_EVENT_STARTED_RESTORED,
        {"started", "restored from saved memory", running}},
    Row{VIR_DOMAIN_EVENT_STARTED,
        VIR_DOMAIN_EVENT_STARTED_FROM_SNAPSHOT,
        {"started", "reverted to a snapshot", running}},
    Row{VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_WAKEUP, {"started", "woken up", running}},

    Row{VIR_DOMAIN_EVENT_SUSPENDED,
        VIR_DOMAIN_EVENT_SUSPENDED_PAUSED,
        {"suspended", "paused on request", paused}},
    Row{VIR_DOMAIN_EVENT_SUSPENDED,
        VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED,
        {"suspended", "paused: is being moved to another host", paused}},
    Row{VIR_DOMAIN_EVENT_SUSPENDED,
        VIR_DOMAIN_EVENT_SUSPENDED_IOERROR,
        {"suspended", "paused: an I/O error, or no space left on the device", paused}},
    Row{VIR_DOMAIN_EVENT_SUSPENDED,
        VIR_DOMAIN_EVENT_SUSPENDED_WATCHDOG,
        {"suspended", "paused: its watchdog fired", paused}},
    Row{VIR_DOMAIN_EVENT_SUSPENDED,
        VIR_DOMAIN_EVENT_SUSPENDED_RESTORED,
        {"suspended", "paused: restored from saved memory", paused}},
    Row{VIR_DOMAIN_EVENT_SUSPENDED,
        VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT,
        {"suspended", "paused: reverted to a snapshot", paused}},
    Row{VIR_DOMAIN_EVENT_SUSPENDED,
        VIR_DOMAIN_EVENT_SUSPENDED_API_ERROR,
        {"suspended", "paused: a call of libvirt failed half-way", paused}},
    Row{VIR_DOMAIN_EVENT_SUSPENDED,
        VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY,
        {"suspended", "paused: is being moved to another host", paused}},
    Row{VIR_DOMAIN_EVENT_SUSPENDED,
        VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY_FAILED,
        {"suspended", "paused: moving it failed half-way", paused}},

    Row{VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED, {"resumed", "resumed", running}},
    Row{VIR_DOMAIN_EVENT_RESUMED,
        VIR_DOMAIN_EVENT_RESUMED_MIGRATED,
        {"resumed", "moved here from another host", running}},
    Row{VIR_DOMAIN_EVENT_RESUMED,
        VIR_DOMAIN_EVENT_RESUMED_FROM_SNAPSHOT,
        {"resumed", "reverted to a snapshot", running}},
    Row{VIR_DOMAIN_EVENT_RESUMED,
        VIR_DOMAIN_EVENT_RESUMED_POSTCOPY,
        {"resumed", "is being moved here", running}},
    Row{VIR_DOMAIN_EVENT_RESUMED,
        VIR_DOMAIN_EVENT_RESUMED_POSTCOPY_FAILED,
        {"resumed", "moving it here failed half-way", running}},

    Row{VIR_DOMAIN_EVENT_STOPPED,
        VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN,
        {"stopped", "shut down by the guest", off}},
    Row{VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED, {"stopped", "destroyed", off}},
    Row{VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_CRASHED, {"stopped", "crashed", crashed}},
    Row{VIR_DOMAIN_EVENT_STOPPED,
        VIR_DOMAIN_EVENT_STOPPED_MIGRATED,
        {"stopped", "moved to another host", off}},
    Row{VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_SAVED, {"stopped", "saved", saved}},
    // Its process was gone before it said good-bye; virDomainGetState calls that crashed.
    Row{VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_FAILED, {"stopped", "crashed", crashed}},
    Row{VIR_DOMAIN_EVENT_STOPPED,
        VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT,
        {"stopped", "reverted to a snapshot", off}},

    // "stopped" follows.
    Row{VIR_DOMAIN_EVENT_SHUTDOWN,
        VIR_DOMAIN_EVENT_SHUTDOWN_FINISHED,
        {"shutting down", "is shutting down", running}},
    Row{VIR_DOMAIN_EVENT_SHUTDOWN,
        VIR_DOMAIN_EVENT_SHUTDOWN_GUEST,
        {"shutting down", "shut down by the guest", running}},
    Row{VIR_DOMAIN_EVENT_SHUTDOWN,
        VIR_DOMAIN_EVENT_SHUTDOWN_HOST,
        {"shutting down", "shut down by the host", running}},

    Row{VIR_DOMAIN_EVENT_PMSUSPENDED,
        VIR_DOMAIN_EVENT_PMSUSPENDED_MEMORY,
        {"suspended", "suspended by the guest", paused}},
    Row{VIR_DOMAIN_EVENT_PMSUSPENDED,
        VIR_DOMAIN_EVENT_PMSUSPENDED_DISK,
        {"suspended", "suspended by the guest", paused}},

    Row{VIR_DOMAIN_EVENT_CRASHED,
        VIR_DOMAIN_EVENT_CRASHED_PANICKED,
        {"crashed", "the guest panicked", crashed}},
    Row{VIR_DOMAIN_EVENT_CRASHED,
        VIR_DOMAIN_EVENT_CRASHED_CRASHLOADED,
        {"crashed", "the guest panicked and runs its crash kernel", running}},
};

// By the number of the event.
constexpr std::array<std::string_view, 9> words{"defined",       "undefined", "started",
                                                "suspended",     "resumed",   "stopped",
                                                "shutting down", "suspended", "crashed"};

// By the number of the action.
constexpr std::array<std::string_view, 7> watchdog_actions{
    "fired, and nothing was done", "paused the guest",     "reset the guest",
    "switched the guest off",      "shuts the guest down", "fired, and was noted by the hypervisor",
    "interrupted the guest"};

struct Trouble {
    std::string_view reason;
    std::string_view phrase;
};
constexpr std::array troubles{
    Trouble{"", "an I/O error"},
    Trouble{"enospc", "no space left on the device"},
    Trouble{"eio", "an I/O error"},
    Trouble{"eperm", "access is not permitted"},
    Trouble{"eother", "an I/O error of another kind"},
};

constexpr std::string_view our_disks = "ua-disk-";
constexpr std::string_view of_users = "ua-"; // an alias that libvirt has not made up
constexpr std::string_view virtio_disks = "virtio-disk";
constexpr std::uint64_t most_disks = 702; // as far as "vdzz", which is enough

// 0: vda, 25: vdz, 26: vdaa.
std::string virtio_target(std::uint64_t index) {
    std::string letters;
    for (++index; index > 0; index = (index - 1) / 26)
        letters.insert(letters.begin(), static_cast<char>('a' + (index - 1) % 26));
    return "vd" + letters;
}

template <class Table> std::string_view entry(const Table& table, int index) noexcept {
    const auto place = static_cast<std::size_t>(index);
    return place < table.size() ? table[place] : std::string_view();
}

} // namespace

std::optional<Happening> happening_of(int event, int detail) noexcept {
    const auto row =
        std::ranges::find_if(rows, [&](const Row& r) { return r.event == event && r.detail == detail; });
    if (row == rows.end()) return std::nullopt;
    return row->meaning;
}

Happening closest_happening(int event, int detail) noexcept {
    if (const auto known = happening_of(event, detail)) return *known;
    const auto word = entry(words, event);
    return {word.empty() ? "changed" : word, "", std::nullopt};
}

std::string_view watchdog_action(int action) noexcept { return entry(watchdog_actions, action); }

std::string disk_trouble(std::string_view reason) {
    const auto known = std::ranges::find(troubles, reason, &Trouble::reason);
    return known == troubles.end() ? text::printable(reason) : std::string(known->phrase);
}

std::string device_name(std::string_view alias) {
    if (alias.starts_with(our_disks)) return text::printable(alias.substr(our_disks.size()));
    if (alias.starts_with(of_users)) return text::printable(alias.substr(of_users.size()));
    if (alias.starts_with(virtio_disks)) {
        const auto index = text::to_number(alias.substr(virtio_disks.size()), most_disks);
        if (index) return virtio_target(*index);
    }
    return text::printable(alias);
}

} // namespace hv::libvirt
