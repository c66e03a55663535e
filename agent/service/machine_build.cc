#include "agent/service/machine_build.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "agent/service/context.hh"
#include "agent/service/disk_plan.hh"
#include "agent/service/effect.hh"
#include "agent/service/formats.hh"
#include "agent/service/machine_start.hh"
#include "agent/service/overlays.hh"
#include "agent/service/users.hh"
#include "agent/service/wish.hh"
#include "drivers/note.hh"

#include <algorithm>
#include <memory>

namespace service {
namespace {

using state::Step;
using state::Task;

// Notes in the plan of a change: how many of its disks and NICs, the last ones, are to go.
constexpr auto leaving_disks = "leaves", leaving_nics = "leaving NICs";

void check_image(Node& node, const Uuid& id) {
    const auto seen = look(node);
    const auto* image = state::find(seen->storage_records, id);
    if (!image) throw Error(Fault::conflict, "storage " + id + " was removed");
    if (image->phase == state::Phase::failed)
        throw Error(Fault::conflict, "storage " + id + " failed: " + image->message);
    if (image->phase != state::Phase::ready) throw Error(Fault::conflict, "storage " + id + " is not ready");
    if (image->offline) throw Error(Fault::conflict, "storage " + id + " is offline");
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
    if (disk.content == hv::Content::storage) return check_image(node, disk.volume);
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

// What a device has beside its place in the machine, and what goes with it: a volume, an address. A storage by itself
// stays.
bool has_parts(const hv::Disk& disk) { return !disk.volume.empty() && disk.content != hv::Content::storage; }
bool has_parts(const hv::Nic& nic) { return nic.address.has_value(); }

void remove_volume(Node& node, const hv::Disk& disk) {
    if (!has_parts(disk)) return;
    node.host.storage().remove(disk.volume);
    node.inventory.reread_volume(disk.volume);
    if (state::find(node.inventory.now()->volumes, disk.volume))
        throw Error(Fault::conflict,
                    "remove volume " + disk.volume + ": it was asked for, and it is still there");
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
    for (auto& disk : spec.disks) {
        if (disk.content == hv::Content::storage)
            refuse_left_overlays(node, disk.volume); // it would be spoilt
        find_layers(node, disk);
    }
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
    Step step{"make " + disk.target, [&node, disk](Task& task) { make_volume(node, disk, task.stop()); },
              [&node, disk](Task&) { remove_volume(node, disk); }};
    if (has_parts(disk)) step.see = see_volume(node, disk.volume, step.name, disk.bytes);
    return step;
}

void reserve(Node& node, const hv::Nic& nic) {
    node.host.network().reserve(nic.network, {nic.mac, *nic.address});
}

// Others may have taken it since it was planned, and no claim keeps them from that.
void refuse_in_other_hands(Node& node, const Uuid& id, const hv::Disk& disk) {
    if (disk.volume.empty()) return;
    const auto users = ask_users(node, disk.volume);
    if (const auto* user = holder_among(users, id))
        throw Error(Fault::conflict, "storage " + disk.volume + " is attached to " + user->name);
}

std::vector<Uuid> in_order(const std::set<Uuid>& ids) { return {ids.begin(), ids.end()}; }

} // namespace

namespace {

// One that has ended by itself since then has run.
Step starting_of(Node& node, const Uuid& id) {
    Step step{"start", [&node, id](Task&) { start_machine(node, id); }};
    step.see = see_machine(node, id, "start compute " + id, [&node, id](const hv::Machine& machine) {
        const bool has_run =
            machine.state == hv::MachineState::running || node.inventory.told_of(id).boots > 0;
        return has_run ? std::nullopt : std::optional("it is " + phrase_of(machine));
    });
    return step;
}

} // namespace

state::Work creation_work(Node& node, const state::Operation& operation) {
    auto spec = hv::from_note(xml::parse(operation.plan));
    take_secrets(spec); // of a plan that an earlier release has made
    spec.notes[note::operation] = operation.id;
    if (!operation.key.empty()) spec.notes[note::key] = operation.key;
    const auto id = operation.target;

    state::Work work;
    work.after = in_order(storages_of(spec.disks));
    for (const auto& disk : spec.disks) work.steps.push_back(making_of(node, disk));
    for (const auto& nic : spec.nics)
        if (nic.address)
            work.steps.push_back({"reserve " + nic.address->text(),
                                  [&node, nic](Task&) { reserve(node, nic); },
                                  [&node, nic](Task&) { release(node, nic); }});
    work.steps.push_back({"define",
                          [&node, id, spec](Task& task) { define(node, id, spec, task.operation().id); },
                          [&node, id](Task& task) {
                              const auto there = node.host.compute().find(id);
                              if (there && was_made_by(*there, task.operation().id)) undefine(node, id);
                          }});
    work.steps.push_back(starting_of(node, id));
    return work;
}

namespace {

// What is known of a machine that is being removed: also what was plugged in since that was asked for. The record
// outlives the machine, and a crash.
hv::MachineSpec known_spec(Node& node, const Uuid& id, const hv::MachineSpec& planned) {
    const auto seen = node.inventory.now();
    const auto* record = state::find(seen->compute_records, id);
    return record ? record->spec : planned;
}

// A volume that a machine of others has, too, is theirs from now on: it stays, as a storage that says so.
void leave_to_others(Node& node, const Uuid& machine, const hv::MachineSpec& spec, const hv::Disk& disk,
                     const User& user) {
    logging::warning("compute {} is gone, but not its volume {}: it is used by {}", machine, disk.volume,
                     user.name);
    state::StorageRecord left;
    left.id = disk.volume;
    left.owner = spec.owner;
    left.title = disk.target + " of " + spec.title;
    left.bytes = disk.bytes;
    left.phase = state::Phase::ready;
    left.message = "left behind by compute " + machine + ", since " + user.name + " uses it";
    node.inventory.put(left);
}

void remove_volumes(Node& node, const Uuid& machine, const hv::MachineSpec& spec) {
    std::set<Uuid> own;
    for (const auto& disk : spec.disks)
        if (has_parts(disk)) own.insert(disk.volume);
    auto users = ask_users(node, own);
    for (const auto& disk : spec.disks) {
        if (!own.contains(disk.volume)) continue;
        auto& found = users[disk.volume];
        std::erase_if(found, [&](const User& user) { return user.machine == machine; });
        if (found.empty()) {
            remove_overlays(node, disk.volume);
            remove_volume(node, disk);
        } else {
            leave_to_others(node, machine, spec, disk, found.front());
        }
    }
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
                          },
                          {},
                          true});
    work.steps.push_back({"undefine", [&node, id](Task&) { undefine(node, id); }});
    work.steps.back().see = see_no_machine(node, id);
    work.steps.push_back(
        {"remove disks", [&node, id, spec](Task&) { remove_volumes(node, id, known_spec(node, id, spec)); }});
    work.steps.push_back({"release addresses", [&node, id, spec](Task&) {
                              for (const auto& nic : known_spec(node, id, spec).nics)
                                  if (nic.address) release(node, nic);
                          }});
    return work;
}

// ---- a machine that others have undefined ---------------------------------------------------------------------------

// Its addresses are reserved still, unless somebody has taken that away too.
state::Work return_work(Node& node, const state::Operation& operation) {
    const auto id = operation.target;
    state::Work work;
    work.steps.push_back({"define", [&node, id](Task&) {
                              if (node.host.compute().find(id)) return;
                              const auto seen = node.inventory.now();
                              const auto* record = state::find(seen->compute_records, id);
                              if (!record) throw Error(Fault::not_found, "there is no compute " + id);
                              auto spec = record->spec;
                              const auto whereabouts = node.inventory.whereabouts_of_undefined(id);
                              for (auto& disk : spec.disks) {
                                  refuse_in_other_hands(node, id, disk);
                                  find_layers(node, disk);
                                  put_overlays_back(node, disk, whereabouts);
                              }
                              for (const auto& nic : spec.nics)
                                  if (nic.address) reserve(node, nic);
                              node.host.compute().define(id, spec);
                              node.inventory.reread_machine(id);
                          }});
    work.steps.push_back(starting_of(node, id));
    return work;
}

// ---- a machine that is there ----------------------------------------------------------------------------------------

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
    work.steps.back().see = see_machine(node, id, "change compute " + id, [wish](const hv::Machine& machine) {
        return fulfilled(wish, machine.spec) == machine.spec ? std::nullopt
                                                             : std::optional<std::string>("it is as it was");
    });
    if (!wish.disk) return work;
    work.steps.push_back({"grow the first disk", [&node, id, wish](Task&) {
                              const auto machine = find_machine(node, id);
                              const auto* disk = disk_to_grow(wish, machine.spec);
                              if (!disk) return;
                              node.host.compute().grow(id, disk->volume, *wish.disk);
                              node.inventory.reread_volume(disk->volume);
                              node.inventory.reread_machine(id);
                          }});
    work.steps.back().see =
        see_machine(node, id, "grow the first disk of compute " + id, [wish](const hv::Machine& machine) {
            const auto* disk = disk_to_grow(wish, machine.spec);
            return disk ? std::optional("it has " + std::to_string(disk->bytes) + " bytes") : std::nullopt;
        });
    return work;
}

// ---- disks and NICs of a machine that is there ---------------------------------------------------------------------

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

Claimed chosen_in(const hv::MachineSpec& spec) { return chosen_in(Devices{spec.disks, spec.nics}); }

namespace {

template <class T>
std::string join(std::vector<T>& plan, const std::vector<T>& more, const std::vector<T>& less) {
    plan = more;
    plan.insert(plan.end(), less.begin(), less.end());
    return std::to_string(less.size());
}

template <class T>
void part(const std::vector<T>& plan, std::size_t leaving, std::vector<T>& more, std::vector<T>& less) {
    if (leaving > plan.size()) throw Error(Fault::invalid, "a change takes away more devices than it names");
    const auto middle = plan.end() - static_cast<std::ptrdiff_t>(leaving);
    more.assign(plan.begin(), middle);
    less.assign(middle, plan.end());
}

} // namespace

std::string to_plan(const DeviceChange& change) {
    hv::MachineSpec plan;
    plan.notes[leaving_disks] = join(plan.disks, change.more.disks, change.less.disks);
    plan.notes[leaving_nics] = join(plan.nics, change.more.nics, change.less.nics);
    return hv::to_note(plan);
}

DeviceChange from_plan(const state::Operation& operation) {
    const auto plan = hv::from_note(xml::parse(operation.plan));
    const auto count = [&](const char* note) {
        const auto found = plan.notes.find(note);
        return found == plan.notes.end() ? 0 : text::to_number(found->second).value_or(0);
    };
    DeviceChange change;
    part(plan.disks, count(leaving_disks), change.more.disks, change.less.disks);
    part(plan.nics, count(leaving_nics), change.more.nics, change.less.nics);
    return change;
}

namespace {

void attach(Node& node, const Uuid& id, hv::Disk disk) {
    refuse_in_other_hands(node, id, disk);
    if (disk.content == hv::Content::storage) refuse_left_overlays(node, disk.volume);
    find_layers(node, disk);
    node.host.compute().attach(id, disk);
    node.inventory.reread_machine(id);
}

void attach(Node& node, const Uuid& id, const hv::Nic& nic) {
    node.host.compute().attach(id, nic);
    node.inventory.reread_machine(id);
}

void detach(Node& node, const Uuid& id, const hv::Disk& disk, std::chrono::milliseconds patience) {
    unless_gone([&] { node.host.compute().detach(id, disk.volume, patience); });
    node.inventory.reread_machine(id);
}

void detach(Node& node, const Uuid& id, const hv::Nic& nic, std::chrono::milliseconds patience) {
    unless_gone([&] { node.host.compute().detach(id, nic, patience); });
    node.inventory.reread_machine(id);
}

// Whether the guest has let go of it.
template <class Device>
bool lets_go(Node& node, const Uuid& id, const Device& device, std::chrono::milliseconds patience) {
    try {
        detach(node, id, device, patience);
        return true;
    } catch (const Error& refusal) {
        if (refusal.fault() != Fault::conflict) throw;
        logging::warning("compute {} keeps a device: {}", id, refusal.what());
        return false;
    }
}

void drop_parts(Node& node, const Uuid& id, const hv::Disk& disk) {
    auto spec = known_spec(node, id, {});
    spec.disks = {disk};
    remove_volumes(node, id, spec);
}
void drop_parts(Node& node, const Uuid&, const hv::Nic& nic) {
    if (has_parts(nic)) release(node, nic);
}

// The way back of one that was attached: a guest that does not let it go keeps it, for nobody can wait for that, and
// then its parts stay as well. Whether the guest has it is asked by taking it away: it may have let it go meanwhile,
// and then it would still come back at the next start.
template <class Device> void drop_parts_if_free(Node& node, const Uuid& id, const Device& device) {
    if (lets_go(node, id, device, std::chrono::milliseconds(0))) drop_parts(node, id, device);
}

// The way back of one that was detached. A way back is tried until it succeeds, so what can never succeed must not be
// an error: the machine is gone, and whoever removed it has not seen this device; or somebody else has its place.
template <class Device> void attach_again(Node& node, const Uuid& id, const Device& device) {
    try {
        attach(node, id, device);
    } catch (const Error& failure) {
        if (failure.fault() == Fault::not_found) return drop_parts(node, id, device);
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
See see_device(Node& node, const Uuid& id, const std::string& asked, const Device& device, bool wanted) {
    return see_machine(node, id, asked + " of compute " + id,
                       [device, wanted](const hv::Machine& machine) -> std::optional<std::string> {
                           if (has(machine.spec, device) == wanted) return std::nullopt;
                           return wanted ? "it does not have it" : "it still has it";
                       });
}

std::string name_of(const hv::Disk& disk) { return disk.target; }
std::string name_of(const hv::Nic& nic) { return nic.address ? nic.address->text() : nic.mac; }

template <class Device>
void add_attaching(state::Work& work, Node& node, const Uuid& id, const std::vector<Device>& more) {
    for (const auto& device : more) {
        Step step{"attach " + name_of(device), [&node, id, device](Task&) { attach(node, id, device); },
                  [&node, id, device](Task&) { lets_go(node, id, device, node.settings.unplug_time); }};
        step.see = see_device(node, id, step.name, device, true);
        work.steps.push_back(std::move(step));
    }
}

template <class Device>
void add_detaching(state::Work& work, Node& node, const Uuid& id, const std::vector<Device>& less) {
    for (const auto& device : less) {
        Step step{"detach " + name_of(device),
                  [&node, id, device](Task&) { detach(node, id, device, node.settings.unplug_time); },
                  [&node, id, device](Task&) { attach_again(node, id, device); }};
        step.see = see_device(node, id, step.name, device, false);
        work.steps.push_back(std::move(step));
    }
}

template <class Device>
void add_dropping(state::Work& work, Node& node, const Uuid& id, const std::vector<Device>& less) {
    for (const auto& device : less)
        if (has_parts(device))
            work.steps.push_back({"remove " + name_of(device),
                                  [&node, id, device](Task&) { drop_parts(node, id, device); },
                                  {},
                                  true});
}

} // namespace

state::Work device_change_work(Node& node, const state::Operation& operation) {
    const auto change = from_plan(operation);
    const auto id = operation.target;
    const auto& [more, less] = change;

    state::Work work;
    work.after = in_order(storages_of(more.disks));
    for (const auto& disk : more.disks) {
        auto making = making_of(node, disk);
        making.undo = [&node, id, disk](Task&) { drop_parts_if_free(node, id, disk); };
        work.steps.push_back(std::move(making));
    }
    for (const auto& nic : more.nics)
        if (nic.address)
            work.steps.push_back({"reserve " + nic.address->text(),
                                  [&node, nic](Task&) { reserve(node, nic); },
                                  [&node, id, nic](Task&) { drop_parts_if_free(node, id, nic); }});
    add_attaching(work, node, id, more.disks);
    add_attaching(work, node, id, more.nics);
    add_detaching(work, node, id, less.disks);
    add_detaching(work, node, id, less.nics);
    add_dropping(work, node, id, less.disks);
    add_dropping(work, node, id, less.nics);
    return work;
}

} // namespace service
