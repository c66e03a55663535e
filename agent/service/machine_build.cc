#include "agent/service/machine_build.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/xml.hh"
#include "agent/service/formats.hh"
#include "agent/service/wish.hh"
#include "drivers/note.hh"

#include <algorithm>
#include <memory>

namespace service {
namespace {

using state::Step;
using state::Task;

constexpr auto leaves =
    "leaves"; // note in the plan of a change of disks: how many of its disks, the last ones, are to go

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

// Where the bytes of a disk are, outermost first; and how many there are.
void find_layers(Node& node, hv::Disk& disk) {
    auto volume = find_volume(node, disk.volume);
    disk.bytes = volume.bytes;
    disk.layers = {{volume.path, volume.format}};
    while (!volume.backing.empty()) {
        volume = find_volume(node, volume.backing);
        disk.layers.push_back({volume.path, volume.format});
    }
}

void make_volume(Node& node, const hv::Disk& disk, const std::stop_token& stop) {
    auto& storage = node.host.storage();
    if (disk.content == hv::Content::image) {
        check_image(node, disk.origin);
        storage.clone(disk.volume, find_volume(node, disk.origin), disk.bytes);
    } else {
        const auto volume = storage.create(disk.volume, disk.bytes);
        if (disk.content == hv::Content::swap)
            make_swap(volume.path, stop);
        else
            make_filesystem(volume.path, disk.filesystem, stop);
    }
    node.inventory.reread_volume(disk.volume);
}

void remove_volume(Node& node, const Uuid& volume) {
    node.host.storage().remove(volume);
    node.inventory.reread_volume(volume);
}

template <class F> void unless_gone(F&& step) {
    try {
        step();
    } catch (const Error& failure) {
        if (failure.fault() != Fault::not_found) throw;
    }
}

bool was_made_by(const hv::Machine& machine, const std::string& operation) {
    const auto note = machine.spec.notes.find(note::operation);
    return note != machine.spec.notes.end() && note->second == operation;
}

void define(Node& node, const Uuid& id, hv::MachineSpec spec, const std::string& operation) {
    const auto there = node.host.compute().find(id);
    if (there && was_made_by(*there, operation)) return;
    for (auto& disk : spec.disks) find_layers(node, disk);
    node.host.compute().define(id, spec);
}

// Nothing is free before this has returned.
void undefine(Node& node, const Uuid& id) {
    auto& compute = node.host.compute();
    unless_gone([&] { compute.power_off(id); });
    const auto machine = compute.find(id);
    if (machine &&
        (machine->state == hv::MachineState::running || machine->state == hv::MachineState::paused ||
         machine->state == hv::MachineState::unknown))
        throw Error(Fault::busy, "compute " + id + " is not proven to be off");
    unless_gone([&] { compute.remove(id); });
    node.inventory.reread_machine(id);
}

void release(Node& node, const hv::Nic& nic) {
    unless_gone([&] { node.host.network().release(nic.network, {nic.mac, *nic.address}); });
    node.inventory.reread_network(nic.network); // the next machine may want the address
}

Step making_of(Node& node, const hv::Disk& disk) {
    return {"make " + disk.target, [&node, disk](Task& task) { make_volume(node, disk, task.stop()); },
            [&node, volume = disk.volume](Task&) { remove_volume(node, volume); }};
}

std::vector<Uuid> images_of(const hv::MachineSpec& spec) {
    std::vector<Uuid> images;
    for (const auto& disk : spec.disks)
        if (!disk.origin.empty()) images.push_back(disk.origin);
    return images;
}

} // namespace

state::Work creation_work(Node& node, const state::Operation& operation) {
    auto spec = hv::from_note(xml::parse(operation.plan));
    spec.notes[note::operation] = operation.id;
    if (!operation.key.empty()) spec.notes[note::key] = operation.key;
    const auto id = operation.target;

    state::Work work;
    work.after = images_of(spec);
    for (const auto& disk : spec.disks) work.steps.push_back(making_of(node, disk));
    for (const auto& nic : spec.nics) {
        if (!nic.address) continue;
        work.steps.push_back({"reserve " + nic.address->text(),
                              [&node, nic](Task&) {
                                  node.host.network().reserve(nic.network, {nic.mac, *nic.address});
                              },
                              [&node, nic](Task&) { release(node, nic); }});
    }
    work.steps.push_back({"define",
                          [&node, id, spec](Task& task) { define(node, id, spec, task.operation().id); },
                          [&node, id](Task& task) {
                              const auto there = node.host.compute().find(id);
                              if (there && was_made_by(*there, task.operation().id)) undefine(node, id);
                          }});
    work.steps.push_back({"start", [&node, id](Task&) {
                              node.host.compute().start(id);
                              node.inventory.reread_machine(id);
                          }});
    return work;
}

namespace {

// What was plugged in since the removal was asked for goes as well. The record outlives the machine, and a crash.
void note_disks_of(Node& node, const Uuid& id) {
    const auto machine = node.host.compute().find(id);
    const auto seen = node.inventory.now();
    const auto* record = state::find(seen->compute_records, id);
    if (!machine || !record) return;
    auto more = *record;
    for (const auto& disk : machine->spec.disks)
        if (!disk.volume.empty() &&
            std::ranges::find(more.spec.disks, disk.volume, &hv::Disk::volume) == more.spec.disks.end())
            more.spec.disks.push_back(disk);
    if (more.spec.disks.size() != record->spec.disks.size()) node.inventory.put(more);
}

void remove_disks(Node& node, const Uuid& id, const std::vector<hv::Disk>& planned) {
    const auto seen = node.inventory.now();
    const auto* record = state::find(seen->compute_records, id);
    for (const auto& disk : record ? record->spec.disks : planned)
        if (!disk.volume.empty()) remove_volume(node, disk.volume);
}

} // namespace

state::Work removal_work(Node& node, const state::Operation& operation) {
    const auto spec = hv::from_note(xml::parse(operation.plan));
    const auto id = operation.target;
    state::Work work;
    work.steps.push_back({"stop",
                          [&node, id](Task& task) {
                              // Off at once: what was overtaken may need that to come to its end.
                              do unless_gone([&] { node.host.compute().power_off(id); });
                              while (task.wait_for_passed());
                              note_disks_of(node, id);
                          },
                          {},
                          true});
    work.steps.push_back({"undefine", [&node, id](Task&) { undefine(node, id); }});
    work.steps.push_back(
        {"remove disks", [&node, id, disks = spec.disks](Task&) { remove_disks(node, id, disks); }});
    for (const auto& nic : spec.nics)
        if (nic.address)
            work.steps.push_back(
                {"release " + nic.address->text(), [&node, nic](Task&) { release(node, nic); }});
    return work;
}

// ---- a machine that is there -----------------------------------------------------------------------------------------

namespace {

hv::Machine find_machine(Node& node, const Uuid& id) {
    if (auto machine = node.host.compute().find(id)) return std::move(*machine);
    throw Error(Fault::not_found, "there is no compute " + id);
}

} // namespace

state::Work update_work(Node& node, const state::Operation& operation) {
    const auto wish = wish_in(operation.plan);
    const auto id = operation.target;
    state::Work work;
    work.steps.push_back({"change", [&node, id, wish](Task&) {
                              node.host.compute().revise(id, fulfilled(wish, find_machine(node, id).spec));
                              node.inventory.reread_machine(id);
                          }});
    if (!wish.disk) return work;
    work.steps.push_back({"grow the first disk", [&node, id, wish](Task&) {
                              const auto machine = find_machine(node, id);
                              const auto* disk = disk_to_grow(wish, machine.spec);
                              if (!disk) return;
                              node.host.compute().grow(id, disk->volume, *wish.disk);
                              node.inventory.reread_volume(disk->volume);
                              node.inventory.reread_machine(id);
                          }});
    return work;
}

// ---- disks of a machine that is there ------------------------------------------------------------------------------

std::string disk_change(const std::vector<hv::Disk>& more, const std::vector<hv::Disk>& less) {
    hv::MachineSpec plan;
    plan.disks = more;
    plan.disks.insert(plan.disks.end(), less.begin(), less.end());
    plan.notes[leaves] = std::to_string(less.size());
    return hv::to_note(plan);
}

namespace {

void attach(Node& node, const Uuid& id, hv::Disk disk) {
    find_layers(node, disk);
    node.host.compute().attach(id, disk);
    node.inventory.reread_machine(id);
}

void detach(Node& node, const Uuid& id, const hv::Disk& disk, std::chrono::milliseconds patience) {
    unless_gone([&] { node.host.compute().detach(id, disk.volume, patience); });
    node.inventory.reread_machine(id);
}

// The way back of an attached disk. A guest that does not let it go keeps it: nobody can wait for that.
void detach_if_it_lets(Node& node, const Uuid& id, const hv::Disk& disk) {
    try {
        detach(node, id, disk, node.settings.unplug_time);
    } catch (const Error& refusal) {
        if (refusal.fault() != Fault::conflict) throw;
        logging::warning("disk {} stays: {}", disk.target, refusal.what());
    }
}

// Then its volume stays as well. Whether the guest has it is asked by taking it away: it may have let it go meanwhile, and then it
// would still come back at the next start.
void remove_volume_if_free(Node& node, const Uuid& id, const hv::Disk& disk) {
    try {
        detach(node, id, disk, std::chrono::milliseconds(0));
    } catch (const Error& refusal) {
        if (refusal.fault() != Fault::conflict) throw;
        return;
    }
    remove_volume(node, disk.volume);
}

} // namespace

state::Work disk_change_work(Node& node, const state::Operation& operation) {
    const auto plan = hv::from_note(xml::parse(operation.plan));
    const auto id = operation.target;
    const auto staying = plan.disks.size() - std::stoul(plan.notes.at(leaves));
    const std::vector<hv::Disk> more(plan.disks.begin(), plan.disks.begin() + static_cast<long>(staying)),
        less(plan.disks.begin() + static_cast<long>(staying), plan.disks.end());

    state::Work work;
    work.after = images_of(plan);
    for (const auto& disk : more) {
        auto making = making_of(node, disk);
        making.undo = [&node, id, disk](Task&) { remove_volume_if_free(node, id, disk); };
        work.steps.push_back(std::move(making));
    }
    for (const auto& disk : more)
        work.steps.push_back({"attach " + disk.target, [&node, id, disk](Task&) { attach(node, id, disk); },
                              [&node, id, disk](Task&) { detach_if_it_lets(node, id, disk); }});
    for (const auto& disk : less)
        work.steps.push_back({"detach " + disk.target,
                              [&node, id, disk](Task&) { detach(node, id, disk, node.settings.unplug_time); },
                              [&node, id, disk](Task&) { attach(node, id, disk); }});
    bool first = true;
    for (const auto& disk : less)
        work.steps.push_back({"remove " + disk.target,
                              [&node, volume = disk.volume](Task&) { remove_volume(node, volume); },
                              {},
                              std::exchange(first, false)});
    return work;
}

} // namespace service
