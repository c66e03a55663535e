#include "agent/service/machine_build.hh"

#include "agent/base/error.hh"
#include "agent/service/formats.hh"

namespace service {
namespace {

void go_on(const std::stop_token& stop) {
    if (stop.stop_requested()) throw Error(Fault::conflict, "the creation was stopped");
}

void check_image(Node& node, const Uuid& id) {
    const auto seen = look(node);
    const auto* image = state::find(seen->storage_records, id);
    if (!image) throw Error(Fault::conflict, "storage " + id + " was removed");
    if (image->phase == state::Phase::failed)
        throw Error(Fault::conflict, "storage " + id + " failed: " + image->message);
    if (image->phase != state::Phase::ready) throw Error(Fault::conflict, "storage " + id + " is not ready");
}

hv::Volume find_volume(Node& node, const Uuid& id) {
    if (auto volume = node.host.storage().find(id)) return *volume;
    throw Error(Fault::conflict, "storage " + id + " has no volume in the pool");
}

void add_layers(Node& node, hv::Disk& disk, hv::Volume volume) {
    disk.layers.push_back({volume.path, volume.format});
    while (!volume.backing.empty()) {
        volume = find_volume(node, volume.backing);
        disk.layers.push_back({volume.path, volume.format});
    }
}

void make_disk(Node& node, hv::Disk& disk, const std::stop_token& stop) {
    auto& storage = node.host.storage();
    if (disk.content == hv::Content::image) {
        check_image(node, disk.origin);
        const auto image = find_volume(node, disk.origin);
        disk.bytes = image.bytes;
        add_layers(node, disk, storage.clone(disk.volume, image));
        return;
    }
    const auto volume = storage.create(disk.volume, disk.bytes);
    if (disk.content == hv::Content::swap)
        make_swap(volume.path, stop);
    else
        make_filesystem(volume.path, disk.filesystem, stop);
    add_layers(node, disk, volume);
}

template <class F> void unless_gone(F&& step) {
    try {
        step();
    } catch (const Error& failure) {
        if (failure.fault() != Fault::not_found) throw;
    }
}

} // namespace

void build(Node& node, const Uuid& id, hv::MachineSpec spec, std::stop_token stop) {
    for (auto& disk : spec.disks) {
        go_on(stop);
        make_disk(node, disk, stop);
        node.inventory.reread_volume(disk.volume);
    }
    for (const auto& nic : spec.nics) {
        go_on(stop);
        if (nic.address) node.host.network().reserve(nic.network, {nic.mac, *nic.address});
    }
    go_on(stop);
    node.host.compute().define(id, spec);
    go_on(stop);
    node.host.compute().start(id);
}

void dismantle(Node& node, const Uuid& id, const hv::MachineSpec& spec) {
    auto& compute = node.host.compute();
    unless_gone([&] { compute.power_off(id); });
    unless_gone([&] { compute.remove(id); });
    for (const auto& disk : spec.disks) {
        if (disk.volume.empty()) continue;
        node.host.storage().remove(disk.volume);
        node.inventory.reread_volume(disk.volume);
    }
    for (const auto& nic : spec.nics) {
        if (!nic.address) continue;
        unless_gone([&] { node.host.network().release(nic.network, {nic.mac, *nic.address}); });
        node.inventory.reread_network(nic.network); // the next machine may want the address
    }
}

} // namespace service
