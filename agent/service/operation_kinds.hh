#pragma once
// Every kind of operation, in one table: how the journal and clients call it, what it works on, what it does to that,
// and how it is run. Whoever wants to know of which kind an operation is asks here, and compares no words.
//
// Threads: values.

#include "agent/state/work.hh"

#include <functional>
#include <span>
#include <string_view>

namespace service {

enum class Subject { compute, network, storage };
enum class Verb { create, change, remove };

enum class KindOfOperation {
    create_compute,
    delete_compute,
    define_compute_again,
    update_compute,
    change_disks,
    change_nics,
    start_compute,
    boot_compute,
    stop_compute,
    press_power_button,
    force_off_compute,
    suspend_compute,
    save_compute,
    restart_compute,
    reset_compute,
    create_network,
    delete_network,
    bring_up_network,
    take_down_network,
    rename_network,
    create_storage,
    import_storage,
    upload_storage,
    copy_storage,
    save_disk,
    save_disk_later,
    adopt_storage,
    delete_storage,
    take_storage_offline,
    bring_storage_online,
    change_storage,
};

struct KindRow {
    KindOfOperation kind;
    // Never changes: earlier releases have written it into journals that are still read.
    std::string_view name;
    Subject subject;
    Verb verb;
    state::OperationTraits traits;
};

std::span<const KindRow> operation_kinds() noexcept;
const KindRow& row_of(KindOfOperation) noexcept;
const KindRow* find_kind(std::string_view name) noexcept; // nullptr: there is none of that name

std::string_view name_of(KindOfOperation) noexcept; // "create compute"
std::string_view name_of(Subject) noexcept;         // "compute"
bool is(const state::Operation&, KindOfOperation) noexcept;

// The kind as state::Operations runs it: what its row says, with the work of the service that does it.
state::OperationKind serve(KindOfOperation, std::function<state::Work(const state::Operation&)> work);

} // namespace service
