#include "agent/service/compute/machine_build.hh"

#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/base/xml.hh"
#include "agent/service/compute/contextualization.hh"
#include "agent/service/compute/disk_plan.hh"
#include "agent/service/compute/effect.hh"
#include "agent/service/compute/machine_start.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/operation_kinds.hh"
#include "agent/service/storage/formats.hh"
#include "agent/service/storage/overlays.hh"
#include "agent/service/storage/users.hh"
#include "drivers/note.hh"

#include <algorithm>
#include <memory>

namespace service {
namespace {

using state::Step;
using state::Task;

// Notes in the plan of a change: how many of its disks and NICs, the last ones, are to go.
constexpr auto leaving_disks = "leaves", leaving_nics = "leaving NICs";

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

// Where the bytes of a disk are, outermost first; and how many there are.
void find_layers(Context& context, hv::Disk& disk) {
    auto volume = find_volume(context, disk.volume);
    disk.bytes = volume.bytes;
    disk.layers = {{volume.path, volume.format}};
    while (!volume.backing.empty()) {
        volume = find_volume(context, volume.backing);
        disk.layers.push_back({volume.path, volume.format});
    }
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

// What a device has beside its place in the machine, and what goes with it: a volume, an address. A storage by itself
// stays.
bool has_parts(const hv::Disk& disk) { return !disk.volume.empty() && disk.content != hv::Content::storage; }
bool has_parts(const hv::Nic& nic) { return nic.address.has_value(); }

void remove_volume(Context& context, const hv::Disk& disk) {
    if (!has_parts(disk)) return;
    context.host.storage().remove(disk.volume);
    context.inventory.reread_volume(disk.volume);
    if (state::find(context.inventory.now()->volumes, disk.volume))
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

void define(Context& context, const Uuid& id, hv::MachineSpec spec, const std::string& operation) {
    const auto there = context.host.compute().find(id);
    if (there && was_made_by(*there, operation)) return;
    for (auto& disk : spec.disks) {
        if (disk.content == hv::Content::storage)
            refuse_left_overlays(context, disk.volume); // it would be spoilt
        find_layers(context, disk);
    }
    context.host.compute().define(id, spec);
}

// Nothing is free before this has returned.
void undefine(Context& context, const Uuid& id) {
    auto& compute = context.host.compute();
    unless_gone([&] { compute.power_off(id); });
    const auto machine = compute.find(id);
    if (machine &&
        (machine->state == hv::MachineState::running || machine->state == hv::MachineState::paused ||
         machine->state == hv::MachineState::unknown))
        throw Error(Fault::busy, "compute " + id + " is not proven to be off");
    unless_gone([&] { compute.remove(id); });
    context.inventory.reread_machine(id);
}

void release(Context& context, const hv::Nic& nic) {
    unless_gone([&] { context.host.network().release(nic.network, {nic.mac, *nic.address}); });
    context.inventory.reread_network(nic.network); // the next machine may want the address
}

Step making_of(Context& context, const hv::Disk& disk) {
    Step step{"make " + disk.target,
              [&context, disk](Task& task) { make_volume(context, disk, task.stop()); },
              [&context, disk](Task&) { remove_volume(context, disk); }};
    if (has_parts(disk)) step.see = see_volume(context, disk.volume, step.name, disk.bytes);
    return step;
}

void reserve(Context& context, const hv::Nic& nic) {
    context.host.network().reserve(nic.network, {nic.mac, *nic.address});
}

// Others may have taken it since it was planned, and no claim keeps them from that.
void refuse_in_other_hands(Context& context, const Uuid& id, const hv::Disk& disk) {
    if (disk.volume.empty()) return;
    const auto users = ask_users(context, disk.volume);
    if (const auto* user = holder_among(users, id))
        throw Error(Fault::conflict, "storage " + disk.volume + " is attached to " + user->name);
}

std::vector<Uuid> in_order(const std::set<Uuid>& ids) { return {ids.begin(), ids.end()}; }

} // namespace

namespace {

// One that has ended by itself since then has run.
Step starting_of(Context& context, const Uuid& id) {
    Step step{"start", [&context, id](Task&) { start_machine(context, id); }};
    step.see = see_machine(context, id, "start compute " + id, [&context, id](const hv::Machine& machine) {
        const bool has_run =
            machine.state == hv::MachineState::running || context.inventory.told_of(id).boots > 0;
        return has_run ? std::nullopt : std::optional("it is " + phrase_of(machine));
    });
    return step;
}

} // namespace

state::Work creation_work(Context& context, const state::Operation& operation) {
    auto spec = hv::from_note(xml::parse(operation.plan));
    take_secrets(spec); // of a plan that an earlier release has made
    spec.notes[note::operation] = operation.id;
    if (!operation.key.empty()) spec.notes[note::key] = operation.key;
    const auto id = operation.target;

    state::Work work;
    work.after = in_order(storages_of(spec.disks));
    for (const auto& disk : spec.disks) work.steps.push_back(making_of(context, disk));
    for (const auto& nic : spec.nics)
        if (nic.address)
            work.steps.push_back({"reserve " + nic.address->text(),
                                  [&context, nic](Task&) { reserve(context, nic); },
                                  [&context, nic](Task&) { release(context, nic); }});
    work.steps.push_back(
        {"define", [&context, id, spec](Task& task) { define(context, id, spec, task.operation().id); },
         [&context, id](Task& task) {
             const auto there = context.host.compute().find(id);
             if (there && was_made_by(*there, task.operation().id)) undefine(context, id);
         }});
    work.steps.push_back(starting_of(context, id));
    return work;
}

namespace {

// What is known of a machine that is being removed: also what was plugged in since that was asked for. The record
// outlives the machine, and a crash.
hv::MachineSpec known_spec(Context& context, const Uuid& id, const hv::MachineSpec& planned) {
    const auto seen = context.inventory.now();
    const auto* record = state::find(seen->compute_records, id);
    return record ? record->spec : planned;
}

// A volume that a machine of others has, too, is theirs from now on: it stays, as a storage that says so.
void leave_to_others(Context& context, const Uuid& machine, const hv::MachineSpec& spec, const hv::Disk& disk,
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
    context.inventory.put(left);
}

void remove_volumes(Context& context, const Uuid& machine, const hv::MachineSpec& spec) {
    std::set<Uuid> own;
    for (const auto& disk : spec.disks)
        if (has_parts(disk)) own.insert(disk.volume);
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

} // namespace

state::Work removal_work(Context& context, const state::Operation& operation) {
    const auto spec = hv::from_note(xml::parse(operation.plan));
    const auto id = operation.target;
    state::Work work;
    work.steps.push_back({"stop",
                          [&context, id](Task& task) {
                              // Off at once: what was overtaken may need that to come to its end.
                              do unless_gone([&] { context.host.compute().power_off(id); });
                              while (task.wait_for_passed());
                          },
                          {},
                          true});
    work.steps.push_back({"undefine", [&context, id](Task&) { undefine(context, id); }});
    work.steps.back().see = see_no_machine(context, id);
    work.steps.push_back({"remove disks", [&context, id, spec](Task&) {
                              remove_volumes(context, id, known_spec(context, id, spec));
                          }});
    work.steps.push_back({"release addresses", [&context, id, spec](Task&) {
                              for (const auto& nic : known_spec(context, id, spec).nics)
                                  if (nic.address) release(context, nic);
                          }});
    return work;
}

// ---- a machine that others have undefined ---------------------------------------------------------------------------

// Its addresses are reserved still, unless somebody has taken that away too.
state::Work return_work(Context& context, const state::Operation& operation) {
    const auto id = operation.target;
    state::Work work;
    work.steps.push_back({"define", [&context, id](Task&) {
                              if (context.host.compute().find(id)) return;
                              const auto seen = context.inventory.now();
                              const auto* record = state::find(seen->compute_records, id);
                              if (!record) throw Error(Fault::not_found, "there is no compute " + id);
                              auto spec = record->spec;
                              const auto whereabouts = context.inventory.whereabouts_of_undefined(id);
                              for (auto& disk : spec.disks) {
                                  refuse_in_other_hands(context, id, disk);
                                  find_layers(context, disk);
                                  put_overlays_back(context, disk, whereabouts);
                              }
                              for (const auto& nic : spec.nics)
                                  if (nic.address) reserve(context, nic);
                              context.host.compute().define(id, spec);
                              context.inventory.reread_machine(id);
                          }});
    work.steps.push_back(starting_of(context, id));
    return work;
}

// ---- a machine that is there ----------------------------------------------------------------------------------------

namespace {

hv::Machine find_machine(Context& context, const Uuid& id) {
    if (auto machine = context.host.compute().find(id)) return std::move(*machine);
    throw Error(Fault::not_found, "there is no compute " + id);
}

} // namespace

state::Work update_work(Context& context, const state::Operation& operation) {
    const auto wish = wish_in(operation.plan);
    const auto id = operation.target;
    state::Work work;
    work.steps.push_back({"change", [&context, id, wish](Task&) {
                              context.host.compute().revise(id,
                                                            fulfilled(wish, find_machine(context, id).spec));
                              context.inventory.reread_machine(id);
                          }});
    work.steps.back().see =
        see_machine(context, id, "change compute " + id, [wish](const hv::Machine& machine) {
            return fulfilled(wish, machine.spec) == machine.spec
                       ? std::nullopt
                       : std::optional<std::string>("it is as it was");
        });
    if (!wish.disk) return work;
    work.steps.push_back({"grow the first disk", [&context, id, wish](Task&) {
                              const auto machine = find_machine(context, id);
                              const auto* disk = disk_to_grow(wish, machine.spec);
                              if (!disk) return;
                              context.host.compute().grow(id, disk->volume, *wish.disk);
                              context.inventory.reread_volume(disk->volume);
                              context.inventory.reread_machine(id);
                          }});
    work.steps.back().see =
        see_machine(context, id, "grow the first disk of compute " + id, [wish](const hv::Machine& machine) {
            const auto* disk = disk_to_grow(wish, machine.spec);
            return disk ? std::optional("it has " + std::to_string(disk->bytes) + " bytes") : std::nullopt;
        });
    return work;
}

// ---- disks and NICs of a machine that is there ---------------------------------------------------------------------

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

void drop_parts(Context& context, const Uuid& id, const hv::Disk& disk) {
    auto spec = known_spec(context, id, {});
    spec.disks = {disk};
    remove_volumes(context, id, spec);
}
void drop_parts(Context& context, const Uuid&, const hv::Nic& nic) {
    if (has_parts(nic)) release(context, nic);
}

// The way back of one that was attached: a guest that does not let it go keeps it, for nobody can wait for that, and
// then its parts stay as well. Whether the guest has it is asked by taking it away: it may have let it go meanwhile,
// and then it would still come back at the next start.
template <class Device> void drop_parts_if_free(Context& context, const Uuid& id, const Device& device) {
    if (lets_go(context, id, device, std::chrono::milliseconds(0))) drop_parts(context, id, device);
}

// The way back of one that was detached. A way back is tried until it succeeds, so what can never succeed must not be
// an error: the machine is gone, and whoever removed it has not seen this device; or somebody else has its place.
template <class Device> void attach_again(Context& context, const Uuid& id, const Device& device) {
    try {
        attach(context, id, device);
    } catch (const Error& failure) {
        if (failure.fault() == Fault::not_found) return drop_parts(context, id, device);
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
        Step step{
            "attach " + name_of(device), [&context, id, device](Task&) { attach(context, id, device); },
            [&context, id, device](Task&) { lets_go(context, id, device, context.settings.unplug_time); }};
        step.see = see_device(context, id, step.name, device, true);
        work.steps.push_back(std::move(step));
    }
}

template <class Device>
void add_detaching(state::Work& work, Context& context, const Uuid& id, const std::vector<Device>& less) {
    for (const auto& device : less) {
        Step step{
            "detach " + name_of(device),
            [&context, id, device](Task&) { detach(context, id, device, context.settings.unplug_time); },
            [&context, id, device](Task&) { attach_again(context, id, device); }};
        step.see = see_device(context, id, step.name, device, false);
        work.steps.push_back(std::move(step));
    }
}

template <class Device>
void add_dropping(state::Work& work, Context& context, const Uuid& id, const std::vector<Device>& less) {
    for (const auto& device : less)
        if (has_parts(device))
            work.steps.push_back({"remove " + name_of(device),
                                  [&context, id, device](Task&) { drop_parts(context, id, device); },
                                  {},
                                  true});
}

} // namespace

state::Work device_change_work(Context& context, const state::Operation& operation) {
    const auto change = from_plan(operation);
    const auto id = operation.target;
    const auto& [more, less] = change;

    state::Work work;
    work.after = in_order(storages_of(more.disks));
    for (const auto& disk : more.disks) {
        auto making = making_of(context, disk);
        making.undo = [&context, id, disk](Task&) { drop_parts_if_free(context, id, disk); };
        work.steps.push_back(std::move(making));
    }
    for (const auto& nic : more.nics)
        if (nic.address)
            work.steps.push_back({"reserve " + nic.address->text(),
                                  [&context, nic](Task&) { reserve(context, nic); },
                                  [&context, id, nic](Task&) { drop_parts_if_free(context, id, nic); }});
    add_attaching(work, context, id, more.disks);
    add_attaching(work, context, id, more.nics);
    add_detaching(work, context, id, less.disks);
    add_detaching(work, context, id, less.nics);
    add_dropping(work, context, id, less.disks);
    add_dropping(work, context, id, less.nics);
    return work;
}

} // namespace service
