#include "agent/service/compute/provision.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/service/effect.hh"
#include "agent/service/network/default_network.hh"
#include "agent/service/storage/formats.hh"
#include "agent/service/storage/overlays.hh"
#include "agent/service/users.hh"

#include <algorithm>
#include <set>

namespace service {
namespace {

void check_image(Context& context, const Uuid& id) {
    const auto seen = look(context);
    const auto* image = state::find(seen->storage_records, id);
    if (!image) throw Error(Fault::conflict, "storage " + id + " was removed");
    if (image->phase == state::Phase::failed)
        throw Error(Fault::conflict, "storage " + id + " failed: " + image->message);
    if (image->phase != state::Phase::ready) throw Error(Fault::conflict, "storage " + id + " is not ready");
    if (image->offline) throw Error(Fault::conflict, "storage " + id + " is offline");
}

hv::Volume find_volume(Context& context, const Uuid& id) {
    if (auto volume = context.host.storage().find(id)) return *volume;
    throw Error(Fault::conflict, "storage " + id + " has no volume in the pool");
}

void make_volume(Context& context, const hv::Disk& disk, const std::stop_token& stop) {
    auto& storage = context.host.storage();
    if (disk.content == hv::Content::storage) return check_image(context, disk.volume);
    if (disk.content == hv::Content::image) {
        check_image(context, disk.origin);
        storage.clone(disk.volume, find_volume(context, disk.origin), disk.bytes);
    } else {
        const auto volume = storage.create(disk.volume, disk.bytes);
        if (disk.content == hv::Content::swap)
            make_swap(volume.path, stop);
        else
            make_filesystem(volume.path, disk.filesystem, stop);
    }
    context.inventory.reread_volume(disk.volume);
}

void remove_volume(Context& context, const hv::Disk& disk) {
    if (!has_provision(disk)) return;
    context.host.storage().remove(disk.volume);
    context.inventory.reread_volume(disk.volume);
    if (state::find(context.inventory.now()->volumes, disk.volume))
        throw Error(Fault::conflict,
                    "remove volume " + disk.volume + ": it was asked for, and it is still there");
}

void leave_to_others(Context& context, const Uuid& machine, const hv::MachineSpec& spec, const hv::Disk& disk,
                     const User& user) {
    logging::warning("compute {} is gone, but not its volume {}: it is used by {}", machine, disk.volume,
                     user.name);
    state::StorageRecord left;
    left.id = disk.volume;
    left.owner = spec.owner;
    left.group = spec.group;
    left.title = disk.target + " of " + spec.title;
    left.bytes = disk.bytes;
    left.phase = state::Phase::ready;
    left.message = "left behind by compute " + machine + ", since " + user.name + " uses it";
    context.inventory.put(left);
}

} // namespace

bool has_provision(const hv::Disk& disk) {
    return !disk.volume.empty() && disk.content != hv::Content::storage;
}
bool has_provision(const hv::Nic& nic) { return nic.address.has_value(); }

void find_layers(Context& context, hv::Disk& disk) {
    auto volume = find_volume(context, disk.volume);
    disk.bytes = volume.bytes;
    disk.layers = {{volume.path, volume.format}};
    while (!volume.backing.empty()) {
        volume = find_volume(context, volume.backing);
        disk.layers.push_back({volume.path, volume.format});
    }
}

state::Step making_of(Context& context, const hv::Disk& disk) {
    state::Step step{"make " + disk.target,
                     [&context, disk](state::Task& task) { make_volume(context, disk, task.stop()); },
                     [&context, disk](state::Task&) { remove_volume(context, disk); }};
    if (has_provision(disk)) step.see = see_volume(context, disk.volume, step.name, disk.bytes);
    return step;
}

void reserve(Context& context, const hv::Nic& nic) {
    if (!context.inventory.now()->networks.contains(nic.network))
        throw Error(Fault::conflict, why_no_network(context, nic.network));
    context.host.network().reserve(nic.network, {nic.mac, *nic.address});
}

void release(Context& context, const hv::Nic& nic) {
    unless_gone([&] { context.host.network().release(nic.network, {nic.mac, *nic.address}); });
    context.inventory.reread_network(nic.network); // the next machine may want the address
}

void refuse_in_other_hands(Context& context, const Uuid& id, const hv::Disk& disk) {
    if (disk.volume.empty()) return;
    const auto users = ask_users(context, disk.volume);
    if (const auto* user = holder_among(users, id))
        throw Error(Fault::conflict, "storage " + disk.volume + " is attached to " + user->name);
}

hv::MachineSpec known_spec(Context& context, const Uuid& id, const hv::MachineSpec& planned) {
    const auto seen = context.inventory.now();
    const auto* record = state::find(seen->compute_records, id);
    return record ? record->spec : planned;
}

void remove_volumes(Context& context, const Uuid& machine, const hv::MachineSpec& spec) {
    std::set<Uuid> own;
    for (const auto& disk : spec.disks)
        if (has_provision(disk)) own.insert(disk.volume);
    auto users = ask_users(context, own);
    for (const auto& disk : spec.disks) {
        if (!own.contains(disk.volume)) continue;
        auto& found = users[disk.volume];
        std::erase_if(found, [&](const User& user) { return user.machine == machine; });
        if (found.empty()) {
            remove_overlays(context, disk.volume);
            remove_volume(context, disk);
        } else {
            leave_to_others(context, machine, spec, disk, found.front());
        }
    }
}

} // namespace service
