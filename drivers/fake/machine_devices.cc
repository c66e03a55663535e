// The disks and NICs of machines: what each verb does to them, and what a guest makes of it.
#include "drivers/fake/machines.hh"

#include "agent/base/error.hh"

#include <algorithm>

namespace hv::fake {

using enum MachineState;

Disk& Machines::running_disk(World& world, const Uuid& id, const Uuid& volume, const std::string& doing) {
    auto& machine = reacting(world, id, doing).machine;
    if (!in_memory(machine.state)) throw Error(Fault::conflict, doing + ": it does not run");
    const auto disk = std::ranges::find(machine.spec.disks, volume, &Disk::volume);
    if (disk == machine.spec.disks.end())
        throw Error(Fault::not_found, doing + ": it has no disk on volume " + volume);
    return *disk;
}

void Machines::grow(const Uuid& id, const Uuid& volume, std::uint64_t bytes) {
    gate_.pass("compute.grow", [&] {
        const auto doing = "grow a disk of compute " + id;
        world_.with([&](World& world) {
            auto& machine = reacting(world, id, doing).machine;
            const auto disk = std::ranges::find(machine.spec.disks, volume, &Disk::volume);
            if (disk == machine.spec.disks.end())
                throw Error(Fault::not_found, doing + ": it has no volume " + volume);
            if (machine.state == saved) throw Error(Fault::conflict, doing + ": it is saved; start it first");
            disk->bytes = std::max(disk->bytes, bytes);
        });
        volumes_.grow(volume, bytes);
        changed(id, "metadata changed");
    });
}

void Machines::attach(const Uuid& id, const Disk& disk) {
    gate_.pass("compute.attach", [&] {
        const auto doing = "attach volume " + disk.volume + " to compute " + id;
        if (disk.volume.empty() || disk.target.empty() || disk.layers.empty())
            throw Error(Fault::invalid, doing + ": a disk needs a volume, a target and a file");
        const auto seen = world_.with([&](World& world) { return reacting(world, id, doing).machine; });
        if (in_memory(seen.state)) check_disk(disk, doing);
        const auto event = world_.with([&](World& world) -> std::string_view {
            auto& machine = reacting(world, id, doing).machine;
            auto& disks = machine.spec.disks;
            if (std::ranges::find(disks, disk.volume, &Disk::volume) != disks.end()) return "";
            if (machine.state == saved) throw Error(Fault::conflict, doing + ": it is saved; start it first");
            if (std::ranges::find(disks, disk.target, &Disk::target) != disks.end())
                throw Error(Fault::conflict, doing + ": target " + disk.target + " is taken");
            disks.push_back(disk);
            return in_memory(machine.state) ? "device added" : "metadata changed";
        });
        if (!event.empty()) changed(id, event, disk.target);
    });
}

// One that is paused does not hear what it is asked for.
bool Machines::keeps_devices(const World& world, const Entry& entry) {
    const auto state = entry.machine.state;
    return state == paused || (state == running && (entry.deaf || world.all_deaf));
}

// Guests know at once what they will do, so nobody waits for the end of the patience.
void Machines::detach(const Uuid& id, const Uuid& volume, std::chrono::milliseconds) {
    gate_.pass("compute.detach", [&] {
        const auto doing = "detach volume " + volume + " from compute " + id;
        std::string target;
        const auto event = world_.with([&](World& world) -> std::string_view {
            auto& entry = reacting(world, id, doing);
            auto& disks = entry.machine.spec.disks;
            const auto disk = std::ranges::find(disks, volume, &Disk::volume);
            if (disk == disks.end()) return "";
            const auto state = entry.machine.state;
            if (state == saved) throw Error(Fault::conflict, doing + ": it is saved; start it first");
            target = disk->target;
            if (keeps_devices(world, entry)) return "device kept";
            disks.erase(disk);
            return state == running ? "device removed" : "metadata changed";
        });
        if (!event.empty()) changed(id, event, target);
        if (event == "device kept")
            throw Error(Fault::conflict,
                        doing + ": the guest does not release " + target + "; stop it or try again");
    });
}

void Machines::attach(const Uuid& id, const Nic& nic) {
    gate_.pass("compute.attach_nic", [&] {
        const auto doing = "attach NIC " + nic.mac + " to compute " + id;
        if (nic.mac.empty()) throw Error(Fault::invalid, doing + ": a NIC needs a MAC");
        const auto seen = world_.with([&](World& world) { return reacting(world, id, doing).machine; });
        if (!networks_.has(nic.network))
            throw Error(Fault::not_found, doing + ": there is no network " + nic.network);
        if (in_memory(seen.state)) check_nic(nic, doing);
        const auto event = world_.with([&](World& world) -> std::string_view {
            auto& machine = reacting(world, id, doing).machine;
            auto& nics = machine.spec.nics;
            if (std::ranges::find(nics, nic.mac, &Nic::mac) != nics.end()) return "";
            if (machine.state == saved) throw Error(Fault::conflict, doing + ": it is saved; start it first");
            auto& added = nics.emplace_back(nic);
            if (!in_memory(machine.state)) return "metadata changed";
            added.device = "vnet" + std::to_string(world.next_device++);
            return "device added";
        });
        if (!event.empty()) changed(id, event, nic.mac);
    });
}

void Machines::detach(const Uuid& id, const Nic& nic, std::chrono::milliseconds) {
    gate_.pass("compute.detach_nic", [&] {
        const auto doing = "detach NIC " + nic.mac + " from compute " + id;
        const auto event = world_.with([&](World& world) -> std::string_view {
            auto& entry = reacting(world, id, doing);
            auto& nics = entry.machine.spec.nics;
            const auto there = std::ranges::find(nics, nic.mac, &Nic::mac);
            if (there == nics.end()) return "";
            const auto state = entry.machine.state;
            if (state == saved) throw Error(Fault::conflict, doing + ": it is saved; start it first");
            if (keeps_devices(world, entry)) return "device kept";
            nics.erase(there);
            return state == running ? "device removed" : "metadata changed";
        });
        if (!event.empty()) changed(id, event, nic.mac);
        if (event == "device kept")
            throw Error(Fault::conflict,
                        doing + ": the guest does not release " + nic.mac + "; stop it or try again");
    });
}

void Machines::set_link(const Uuid& id, const Uuid& network, bool plugged_in) {
    gate_.pass("compute.set_link", [&] {
        const bool news = world_.with([&](World& world) {
            auto& entry = reacting(world, id, "set the links of compute " + id);
            if (!in_memory(entry.machine.state)) return false;
            return plugged_in ? entry.unplugged.erase(network) > 0 : entry.unplugged.insert(network).second;
        });
        if (news) changed(id, "metadata changed");
    });
}

bool Machines::is_linked(const Uuid& id, const Uuid& network) const {
    return world_.with([&](const World& world) {
        const auto entry = world.entries.find(id);
        return entry != world.entries.end() && !entry->second.unplugged.contains(network);
    });
}

void Machines::copy_disk(const Uuid& id, const Uuid& volume, const Volume& into,
                         const std::function<void(unsigned)>& progress, std::stop_token stop) {
    const auto copy = [&] {
        const auto doing = "copy a disk of compute " + id;
        world_.with([&](World& world) { running_disk(world, id, volume, doing); });
        if (!volumes_.could_open(into.path))
            throw Error(Fault::internal, doing + ": cannot open " + into.path + ": no such file");
        if (stop.stop_requested()) throw Error(Fault::conflict, doing + ": it was stopped");
        progress(100);
    };
    gate_.pass("compute.copy_disk", copy, stop);
}

} // namespace hv::fake
