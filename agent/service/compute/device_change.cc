#include "agent/service/compute/device_change.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/service/compute/device_plan.hh"
#include "agent/service/compute/disk_plan.hh"
#include "agent/service/compute/provision.hh"
#include "agent/service/effect.hh"
#include "agent/service/operation_kinds.hh"
#include "agent/service/plans.hh"
#include "agent/service/storage/overlays.hh"
#include "agent/service/users.hh"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

namespace service {

bool changes_devices(const state::Operation& operation) noexcept {
    using enum KindOfOperation;
    return is(operation, change_disks) || is(operation, change_nics);
}

bool DeviceChange::is_empty() const {
    return more.disks.empty() && more.nics.empty() && less.disks.empty() && less.nics.empty();
}

Claimed chosen_in(const Devices& devices) {
    Claimed chosen;
    for (const auto& disk : devices.disks) {
        const auto storage = storage_of(disk);
        if (storage.empty()) continue;
        chosen.used.insert(storage);
        if (disk.content == hv::Content::storage) chosen.attached.insert(storage);
    }
    for (const auto& nic : devices.nics) {
        chosen.used.insert(nic.network);
        chosen.macs.insert(nic.mac);
        if (nic.address) chosen.addresses.insert({nic.network, *nic.address});
    }
    return chosen;
}

Claimed chosen_in(const Devices& devices, const Uuid& machine) {
    auto chosen = chosen_in(devices);
    for (const auto& disk : devices.disks) chosen.targets.insert({machine, disk.target});
    return chosen;
}

Claimed chosen_in(const hv::MachineSpec& spec) { return chosen_in(Devices{spec.disks, spec.nics}); }

namespace {

void attach(Context& context, const Uuid& id, hv::Disk disk) {
    refuse_in_other_hands(context, id, disk);
    if (disk.content == hv::Content::storage) refuse_left_overlays(context, disk.volume);
    find_layers(context, disk);
    context.host.compute().attach(id, disk);
    context.inventory.reread_machine(id);
}

void attach(Context& context, const Uuid& id, const hv::Nic& nic) {
    context.host.compute().attach(id, nic);
    context.inventory.reread_machine(id);
}

// It may have been started since that was asked for.
void refuse_first(Context& context, const Uuid& id, const hv::Disk& disk) {
    if (disk.content != hv::Content::storage) return;
    if (const auto machine = context.host.compute().find(id)) service::refuse_first(*machine, disk, true);
}
void refuse_first(Context&, const Uuid&, const hv::Nic&) {}

void detach(Context& context, const Uuid& id, const hv::Disk& disk, std::chrono::milliseconds patience) {
    unless_gone([&] { context.host.compute().detach(id, disk.volume, patience); });
    context.inventory.reread_machine(id);
}

void detach(Context& context, const Uuid& id, const hv::Nic& nic, std::chrono::milliseconds patience) {
    unless_gone([&] { context.host.compute().detach(id, nic, patience); });
    context.inventory.reread_machine(id);
}

// Whether the guest has let go of it.
template <class Device>
bool lets_go(Context& context, const Uuid& id, const Device& device, std::chrono::milliseconds patience) {
    try {
        detach(context, id, device, patience);
        return true;
    } catch (const Error& refusal) {
        if (refusal.fault() != Fault::conflict) throw;
        logging::warning("compute {} keeps a device: {}", id, refusal.what());
        return false;
    }
}

void give_back(Context& context, const Uuid& id, const hv::Disk& disk) {
    auto spec = known_spec(context, id, {});
    spec.disks = {disk};
    remove_volumes(context, id, spec);
}
void give_back(Context& context, const Uuid&, const hv::Nic& nic) {
    if (has_provision(nic)) release(context, nic);
}

// The way back of one that was attached: a guest that does not let it go keeps it, for nobody can wait for that, and
// then what goes with it stays as well. Whether the guest has it is asked by taking it away: it may have let it go
// meanwhile, and then it would still come back at the next start.
template <class Device> void give_back_if_free(Context& context, const Uuid& id, const Device& device) {
    if (lets_go(context, id, device, std::chrono::milliseconds(0))) give_back(context, id, device);
}

// The way back of one that was detached. A way back is tried until it succeeds, so what can never succeed must not be
// an error: the machine is gone, and whoever removed it has not seen this device; or somebody else has its place.
template <class Device> void attach_again(Context& context, const Uuid& id, const Device& device) {
    try {
        attach(context, id, device);
    } catch (const Error& failure) {
        if (failure.fault() == Fault::not_found) return give_back(context, id, device);
        if (failure.fault() != Fault::conflict) throw;
        logging::warning("compute {} does not get a device back: {}", id, failure.what());
    }
}

bool has(const hv::MachineSpec& spec, const hv::Disk& disk) {
    return std::ranges::find(spec.disks, disk.volume, &hv::Disk::volume) != spec.disks.end();
}
bool has(const hv::MachineSpec& spec, const hv::Nic& nic) {
    return std::ranges::find(spec.nics, nic.mac, &hv::Nic::mac) != spec.nics.end();
}

template <class Device>
See see_device(Context& context, const Uuid& id, const std::string& asked, const Device& device,
               bool wanted) {
    return see_machine(context, id, asked + " of compute " + id,
                       [device, wanted](const hv::Machine& machine) -> std::optional<std::string> {
                           if (has(machine.spec, device) == wanted) return std::nullopt;
                           return wanted ? "it does not have it" : "it still has it";
                       });
}

std::string name_of(const hv::Disk& disk) { return disk.target; }
std::string name_of(const hv::Nic& nic) { return nic.address ? nic.address->text() : nic.mac; }

template <class Device>
void add_attaching(state::Work& work, Context& context, const Uuid& id, const std::vector<Device>& more) {
    for (const auto& device : more) {
        state::Step step{"attach " + name_of(device),
                         [&context, id, device](state::Task&) { attach(context, id, device); },
                         [&context, id, device](state::Task&) {
                             lets_go(context, id, device, context.settings.unplug_time);
                         }};
        step.see = see_device(context, id, step.name, device, true);
        work.steps.push_back(std::move(step));
    }
}

template <class Device>
void add_detaching(state::Work& work, Context& context, const Uuid& id, const std::vector<Device>& less) {
    for (const auto& device : less) {
        state::Step step{"detach " + name_of(device),
                         [&context, id, device](state::Task&) {
                             refuse_first(context, id, device);
                             detach(context, id, device, context.settings.unplug_time);
                         },
                         [&context, id, device](state::Task&) { attach_again(context, id, device); }};
        step.see = see_device(context, id, step.name, device, false);
        work.steps.push_back(std::move(step));
    }
}

template <class Device>
void add_dropping(state::Work& work, Context& context, const Uuid& id, const std::vector<Device>& less) {
    for (const auto& device : less)
        if (has_provision(device))
            work.steps.push_back({"remove " + name_of(device),
                                  [&context, id, device](state::Task&) { give_back(context, id, device); },
                                  {},
                                  true});
}

} // namespace

state::Work device_change_work(Context& context, const state::Operation& operation) {
    const auto change = plan_of<DeviceChange>(operation);
    const auto id = operation.target;
    const auto& [more, less] = change;

    state::Work work;
    const auto storages = storages_of(more.disks);
    work.after.assign(storages.begin(), storages.end());
    for (const auto& disk : more.disks) {
        auto making = making_of(context, disk);
        making.undo = [&context, id, disk](state::Task&) { give_back_if_free(context, id, disk); };
        work.steps.push_back(std::move(making));
    }
    for (const auto& nic : more.nics)
        if (nic.address)
            work.steps.push_back(
                {"reserve " + nic.address->text(), [&context, nic](state::Task&) { reserve(context, nic); },
                 [&context, id, nic](state::Task&) { give_back_if_free(context, id, nic); }});
    add_attaching(work, context, id, more.disks);
    add_attaching(work, context, id, more.nics);
    add_detaching(work, context, id, less.disks);
    add_detaching(work, context, id, less.nics);
    add_dropping(work, context, id, less.disks);
    add_dropping(work, context, id, less.nics);
    return work;
}

} // namespace service
