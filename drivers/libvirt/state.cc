#include "drivers/libvirt/state.hh"

#include <algorithm>
#include <array>
#include <libvirt/libvirt.h>

namespace hv::libvirt {
namespace {

struct Row {
    int state;
    int reason;
    Meaning meaning;
};

constexpr auto running = MachineState::running;
constexpr auto paused = MachineState::paused;
constexpr auto off = MachineState::off;
constexpr auto crashed = MachineState::crashed;
constexpr auto unknown = MachineState::unknown;

constexpr std::array rows{
    Row{VIR_DOMAIN_NOSTATE, VIR_DOMAIN_NOSTATE_UNKNOWN, {unknown, "libvirt does not know its state"}},

    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNKNOWN, {running, ""}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, {running, "booted"}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_MIGRATED, {running, "moved here from another host"}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_RESTORED, {running, "restored from saved memory"}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_FROM_SNAPSHOT, {running, "reverted to a snapshot"}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_UNPAUSED, {running, "resumed"}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_MIGRATION_CANCELED, {running, "a migration was cancelled"}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_SAVE_CANCELED, {running, "saving was cancelled"}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_WAKEUP, {running, "woken up"}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_CRASHED, {running, "goes on after a crash of the guest"}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY, {running, "is being moved here"}},
    Row{VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_POSTCOPY_FAILED, {running, "moving it here failed half-way"}},

    Row{VIR_DOMAIN_BLOCKED, VIR_DOMAIN_BLOCKED_UNKNOWN, {running, "waits for a resource"}},

    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_UNKNOWN, {paused, ""}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, {paused, "paused on request"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_MIGRATION, {paused, "paused: is being moved to another host"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_SAVE, {paused, "paused: its memory is being saved"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_DUMP, {paused, "paused: its memory is being dumped"}},
    // The usual one: libvirt stops the guest instead of letting its writes fail (error_policy enospace).
    Row{VIR_DOMAIN_PAUSED,
        VIR_DOMAIN_PAUSED_IOERROR,
        {paused, "paused: an I/O error, or no space left on the device"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_WATCHDOG, {paused, "paused: its watchdog fired"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_FROM_SNAPSHOT, {paused, "paused: reverted to a snapshot"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_SHUTTING_DOWN, {running, "is shutting down"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_SNAPSHOT, {paused, "paused: a snapshot is being taken"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_CRASHED, {crashed, "the guest crashed"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_STARTING_UP, {paused, "is being started"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY, {paused, "paused: is being moved to another host"}},
    Row{VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_POSTCOPY_FAILED, {paused, "paused: moving it failed half-way"}},

    Row{VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_UNKNOWN, {running, "is shutting down"}},
    Row{VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_USER, {running, "is shutting down"}},

    Row{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_UNKNOWN, {off, ""}},
    Row{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SHUTDOWN, {off, "shut down by the guest"}},
    Row{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DESTROYED, {off, "destroyed"}},
    Row{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED, {crashed, "crashed"}},
    Row{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_MIGRATED, {off, "moved to another host"}},
    // Memory that was saved to a file of somebody's own is none that a start would restore.
    Row{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_SAVED, {off, "saved, and not to be restored"}},
    Row{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_FAILED, {off, "failed to start"}},
    Row{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT, {off, "reverted to a snapshot"}},
    Row{VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DAEMON, {off, "stopped by libvirtd"}},

    Row{VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_UNKNOWN, {crashed, "crashed"}},
    Row{VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED, {crashed, "the guest panicked"}},

    Row{VIR_DOMAIN_PMSUSPENDED, VIR_DOMAIN_PMSUSPENDED_UNKNOWN, {paused, "suspended by the guest"}},
};

// The state alone, for the reasons of a newer libvirt; by its number.
constexpr std::array states{
    Meaning{unknown, ""}, Meaning{running, ""}, Meaning{running, ""},        Meaning{paused, ""},
    Meaning{running, ""}, Meaning{off, ""},     Meaning{crashed, "crashed"}, Meaning{paused, ""},
};
static_assert(VIR_DOMAIN_NOSTATE == 0 && VIR_DOMAIN_PMSUSPENDED == states.size() - 1);

const Row* row_of(int state, int reason) noexcept {
    const auto row =
        std::ranges::find_if(rows, [&](const Row& r) { return r.state == state && r.reason == reason; });
    return row == rows.end() ? nullptr : &*row;
}

} // namespace

Meaning meaning_of(int state, int reason, bool has_saved_memory) noexcept {
    if (state == VIR_DOMAIN_SHUTOFF && has_saved_memory) return {MachineState::saved, "saved"};
    if (const auto* row = row_of(state, reason)) return row->meaning;
    const auto index = static_cast<std::size_t>(state);
    return index < states.size() ? states[index] : Meaning{};
}

bool is_known(int state, int reason) noexcept { return row_of(state, reason) != nullptr; }

} // namespace hv::libvirt
