#include "agent/service/users.hh"

#include <algorithm>

namespace service {
namespace {

// The first compute, of the hypervisor or of our records, whose spec fits. A failed one holds nothing.
template <class F> std::optional<Uuid> first_user(const state::Snapshot& seen, F&& uses) {
    for (const auto& [id, machine] : seen.machines)
        if (uses(machine->spec)) return id;
    for (const auto& [id, record] : seen.compute_records)
        if (record->phase != state::Phase::failed && uses(record->spec)) return id;
    return std::nullopt;
}

bool has_nic_on(const hv::MachineSpec& spec, const Uuid& network) {
    return std::ranges::any_of(spec.nics, [&](const hv::Nic& nic) { return nic.network == network; });
}

} // namespace

bool is_in_memory(const hv::Machine& machine) noexcept {
    return machine.state != hv::MachineState::off && machine.state != hv::MachineState::saved;
}

std::optional<Uuid> user_of_network(const state::Snapshot& seen, const Uuid& network) {
    return first_user(seen, [&](const hv::MachineSpec& spec) { return has_nic_on(spec, network); });
}

std::vector<const hv::Machine*> machines_on(const state::Snapshot& seen, const Uuid& network) {
    std::vector<const hv::Machine*> machines;
    for (const auto& [id, machine] : seen.machines)
        if (is_in_memory(*machine) && has_nic_on(machine->spec, network)) machines.push_back(machine.get());
    return machines;
}

Uuid storage_of(const hv::Disk& disk) {
    return disk.content == hv::Content::storage ? disk.volume : disk.origin;
}

std::optional<Uuid> user_of_image(const state::Snapshot& seen, const Uuid& image) {
    return first_user(seen, [&](const hv::MachineSpec& spec) {
        return std::ranges::find(spec.disks, image, storage_of) != spec.disks.end();
    });
}

std::optional<Uuid> user_of_storage(const state::Snapshot& seen, const Uuid& storage) {
    return first_user(seen, [&](const hv::MachineSpec& spec) {
        return std::ranges::any_of(spec.disks, [&](const hv::Disk& disk) {
            return disk.content == hv::Content::storage && disk.volume == storage;
        });
    });
}

std::optional<Uuid> user_of_volume(const state::Snapshot& seen, const Uuid& volume) {
    return first_user(seen, [&](const hv::MachineSpec& spec) {
        return std::ranges::any_of(spec.disks, [&](const hv::Disk& disk) {
            return disk.content != hv::Content::storage && disk.volume == volume;
        });
    });
}

} // namespace service
