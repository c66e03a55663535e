#include "agent/service/operation_kinds.hh"

#include <algorithm>
#include <array>
#include <utility>

namespace service {
namespace {

using Traits = state::OperationTraits;
using enum Traits::Weight;

constexpr Traits plain{}, founding{.makes = true}, copying{.weight = bulk, .makes = true},
    making{.weight = heavy, .makes = true}, returning{.weight = heavy, .gives_way = true},
    // It may be the guest that a change of devices waits for, and the link that it made is read from its plan.
    plugging{.gives_way = true, .keeps_plan = true},
    removing{.at_once = true, .removes = true, .frees = true};
// Of a machine that is there: one step, and what came of it is to be seen on the machine.
constexpr Traits acting{.gives_way = true, .synced = false},
    starting{.weight = heavy, .gives_way = true, .synced = false},
    stopping{.gives_way = true, .synced = false, .frees = true},
    forcing{.at_once = true, .gives_way = true, .synced = false, .frees = true},
    restarting{.at_start = Traits::AtStart::fail, .gives_way = true, .synced = false};

using enum KindOfOperation;
using enum Subject;
using enum Verb;

// clang-format off
constexpr std::array rows{
    KindRow{create_compute,       "create compute",       compute, create, making},
    KindRow{delete_compute,       "delete compute",       compute, remove, removing},
    KindRow{define_compute_again, "define compute again", compute, change, returning},
    KindRow{update_compute,       "update compute",       compute, change, acting},
    KindRow{change_disks,         "change disks",         compute, change, plugging},
    KindRow{change_nics,          "change NICs",          compute, change, plugging},
    KindRow{start_compute,        "start compute",        compute, change, starting},
    KindRow{boot_compute,         "boot compute",         compute, change, starting},
    KindRow{stop_compute,         "stop compute",         compute, change, stopping},
    KindRow{press_power_button,   "press power button",   compute, change, stopping},
    KindRow{force_off_compute,    "force off compute",    compute, change, forcing},
    KindRow{suspend_compute,      "suspend compute",      compute, change, acting},
    KindRow{save_compute,         "save compute",         compute, change, acting},
    KindRow{restart_compute,      "restart compute",      compute, change, restarting},
    KindRow{reset_compute,        "reset compute",        compute, change, restarting},
    KindRow{create_network,       "create network",       network, create, founding},
    KindRow{delete_network,       "delete network",       network, remove, removing},
    KindRow{bring_up_network,     "bring up network",     network, change, plain},
    KindRow{take_down_network,    "take down network",    network, change, plain},
    KindRow{rename_network,       "rename network",       network, change, plain},
    KindRow{create_storage,       "create storage",       storage, create, founding},
    KindRow{import_storage,       "import storage",       storage, create, copying},
    KindRow{upload_storage,       "upload storage",       storage, create, founding},
    KindRow{copy_storage,         "copy storage",         storage, create, copying},
    KindRow{save_disk,            "save disk",            storage, create, copying},
    KindRow{save_disk_later,      "save disk later",      storage, create, founding}, // it waits, most of the time
    KindRow{adopt_storage,        "adopt storage",        storage, create, copying},
    KindRow{delete_storage,       "delete storage",       storage, remove, removing},
    KindRow{take_storage_offline, "take storage offline", storage, change, plain},
    KindRow{bring_storage_online, "bring storage online", storage, change, plain},
    KindRow{change_storage,       "change storage",       storage, change, plain},
};
// clang-format on

constexpr bool each_is_in_its_place() {
    for (std::size_t at = 0; at < rows.size(); ++at)
        if (static_cast<std::size_t>(rows.at(at).kind) != at) return false;
    return static_cast<std::size_t>(change_storage) + 1 == rows.size(); // the last of the constants
}
static_assert(each_is_in_its_place());

constexpr std::array<std::string_view, 3> subjects{"compute", "network", "storage"};

} // namespace

std::span<const KindRow> operation_kinds() noexcept { return rows; }

const KindRow& row_of(KindOfOperation kind) noexcept { return rows[static_cast<std::size_t>(kind)]; }

const KindRow* find_kind(std::string_view name) noexcept {
    const auto found = std::ranges::find(rows, name, &KindRow::name);
    return found == rows.end() ? nullptr : &*found;
}

std::string_view name_of(KindOfOperation kind) noexcept { return row_of(kind).name; }
std::string_view name_of(Subject subject) noexcept { return subjects[static_cast<std::size_t>(subject)]; }

bool is(const state::Operation& operation, KindOfOperation kind) noexcept {
    return operation.kind == name_of(kind);
}

state::OperationKind serve(KindOfOperation kind, std::function<state::Work(const state::Operation&)> work) {
    return {row_of(kind).traits, std::string(name_of(kind)), std::move(work)};
}

} // namespace service
