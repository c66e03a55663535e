#include "drivers/fake/machines.hh"

#include "agent/base/error.hh"

#include <algorithm>
#include <array>

namespace hv::fake {
namespace {

using enum MachineState;

struct Transition {
    std::string_view how;
    MachineState from, to;
    std::string_view reason; // empty: as before
    std::string_view event;  // empty: nothing happens
};

// A state that is not listed does not admit the verb.
constexpr std::array transitions{
    Transition{"start", off, running, "booted", "started"},
    Transition{"start", crashed, running, "booted", "started"},
    Transition{"start", saved, running, "restored from saved memory", "started"},
    Transition{"start", paused, running, "resumed", "resumed"},
    Transition{"start", running, running, "", ""},
    Transition{"press the power button of", running, running, "", ""},
    Transition{"press the power button of", paused, paused, "", ""},
    Transition{"power off", running, off, "destroyed", "stopped"},
    Transition{"power off", paused, off, "destroyed", "stopped"},
    Transition{"power off", crashed, off, "destroyed", "stopped"},
    Transition{"power off", off, off, "", ""},
    Transition{"power off", saved, saved, "", ""},
    Transition{"pause", running, paused, "paused on request", "suspended"},
    Transition{"pause", paused, paused, "", ""},
    Transition{"save", running, saved, "saved", "stopped"},
    Transition{"save", paused, saved, "saved", "stopped"},
    Transition{"reboot", running, running, "", "rebooted"},
    Transition{"reset", running, running, "", "rebooted"},
    Transition{"reset", paused, paused, "", "rebooted"},
};

constexpr std::array<std::string_view, 6> state_names{"running", "paused",  "off",
                                                      "saved",   "crashed", "unknown"};

std::string name_of(MachineState state) {
    return std::string(state_names.at(static_cast<std::size_t>(state)));
}

bool in_memory(MachineState state) { return state == running || state == paused; }

std::string target_of(std::size_t disk) {
    std::string letters(1, static_cast<char>('a' + disk % 26));
    for (disk /= 26; disk > 0; disk = (disk - 1) / 26)
        letters.insert(letters.begin(), static_cast<char>('a' + (disk - 1) % 26));
    return "vd" + letters;
}

} // namespace

void Machines::changed(const Uuid& id, std::string_view what) {
    if (!gate_.lost()) events_.changed({Change::Subject::machine, id, std::string(what)});
}

Machines::Entry& Machines::known(World& world, const Uuid& id, const std::string& doing) {
    const auto entry = world.entries.find(id);
    if (entry == world.entries.end()) throw Error(Fault::not_found, doing + ": there is no such machine");
    return entry->second;
}

Machines::Entry& Machines::ours(World& world, const Uuid& id, const std::string& doing) {
    auto& entry = known(world, id, doing);
    if (!entry.machine.ours)
        throw Error(Fault::forbidden, doing + ": it was not made by this agent, which only shows it");
    return entry;
}

void Machines::enter(World& world, Entry& entry, MachineState state, std::string_view reason) {
    auto& machine = entry.machine;
    if (!in_memory(state)) entry.pressed = false;
    for (auto& nic : machine.spec.nics) {
        if (!in_memory(state))
            nic.device.clear();
        else if (nic.device.empty())
            nic.device = "vnet" + std::to_string(world.next_device++);
    }
    machine.state = state;
    machine.reason = reason;
}

// ---- reading -------------------------------------------------------------------------------------------------------

std::vector<Machine> Machines::list() {
    return gate_.pass("compute.list", [&] {
        return world_.with([](const World& world) {
            std::vector<Machine> all;
            for (const auto& [id, entry] : world.entries) all.push_back(entry.machine);
            return all;
        });
    });
}

std::optional<Machine> Machines::find(const Uuid& id) {
    return gate_.pass("compute.find", [&] {
        return world_.with([&](const World& world) {
            const auto entry = world.entries.find(id);
            return entry == world.entries.end() ? std::nullopt : std::optional(entry->second.machine);
        });
    });
}

// ---- changing ------------------------------------------------------------------------------------------------------

void Machines::define(const Uuid& id, const MachineSpec& spec) {
    gate_.pass("compute.define", [&] {
        const auto doing = "define compute " + id;
        if (!is_uuid(id)) throw Error(Fault::invalid, doing + ": it needs a UUID");
        for (const auto& nic : spec.nics)
            if (!nic.network.empty() && !networks_.has(nic.network))
                throw Error(Fault::not_found, doing + ": there is no network " + nic.network);
        Entry entry{{id, "occi-" + id, true, spec, off, ""}};
        auto& disks = entry.machine.spec.disks;
        for (std::size_t disk = 0; disk < disks.size(); ++disk)
            if (disks[disk].target.empty()) disks[disk].target = target_of(disk);
        const bool fresh = world_.with([&](World& world) { return world.entries.emplace(id, entry).second; });
        if (!fresh) throw Error(Fault::conflict, doing + ": it exists already");
        changed(id, "defined");
    });
}

// What a hypervisor finds out only when it starts a machine.
void Machines::check_parts(const Machine& machine, const std::string& doing) const {
    for (const auto& disk : machine.spec.disks)
        for (const auto& layer : disk.layers)
            if (!volumes_.could_open(layer.path))
                throw Error(Fault::internal, doing + ": cannot open " + layer.path + ": no such file");
    for (const auto& nic : machine.spec.nics)
        if (!nic.network.empty() && !networks_.is_active(nic.network))
            throw Error(Fault::conflict, doing + ": network " + nic.network + " is not active");
}

void Machines::change(std::string_view verb, std::string_view how, const Uuid& id) {
    gate_.pass(verb, [&] {
        const auto doing = std::string(how) + " compute " + id;
        const auto before = world_.with([&](World& world) { return ours(world, id, doing).machine; });
        if (how == "start" && !in_memory(before.state)) check_parts(before, doing);
        bool obeys = false;
        const auto event = world_.with([&](World& world) {
            auto& entry = ours(world, id, doing);
            const auto now = entry.machine.state;
            const auto step = std::ranges::find_if(
                transitions, [&](const Transition& each) { return each.how == how && each.from == now; });
            if (step == transitions.end()) throw Error(Fault::conflict, doing + ": it is " + name_of(now));
            if (step->to != now) enter(world, entry, step->to, step->reason);
            if (verb == "compute.press_power_button") entry.pressed = true;
            obeys = entry.pressed && entry.machine.state == running && !entry.deaf && !world.all_deaf;
            if (entry.machine.state == running) entry.pressed = false;
            return step->event;
        });
        if (!event.empty()) changed(id, event);
        if (obeys) guest_obeys(id);
    });
}

void Machines::start(const Uuid& id) { change("compute.start", "start", id); }

void Machines::press_power_button(const Uuid& id) {
    change("compute.press_power_button", "press the power button of", id);
}

void Machines::power_off(const Uuid& id) { change("compute.power_off", "power off", id); }

void Machines::suspend(const Uuid& id, Suspend how) {
    change("compute.suspend", how == Suspend::pause ? "pause" : "save", id);
}

void Machines::restart(const Uuid& id, Restart how) {
    change("compute.restart", how == Restart::acpi ? "reboot" : "reset", id);
}

void Machines::retitle(const Uuid& id, const std::string& title) {
    gate_.pass("compute.retitle", [&] {
        world_.with(
            [&](World& world) { ours(world, id, "rename compute " + id).machine.spec.title = title; });
        changed(id, "metadata changed");
    });
}

void Machines::remove(const Uuid& id) {
    gate_.pass("compute.remove", [&] {
        const auto doing = "remove compute " + id;
        const bool gone = world_.with([&](World& world) {
            if (!world.entries.contains(id)) return false;
            const auto state = ours(world, id, doing).machine.state;
            if (in_memory(state)) throw Error(Fault::conflict, doing + ": it is " + name_of(state));
            return world.entries.erase(id) > 0;
        });
        if (gone) changed(id, "undefined");
    });
}

// ---- guests and other people ---------------------------------------------------------------------------------------

void Machines::guest_obeys(const Uuid& id) {
    events_.post([this, id] { guest_powers_off(id); });
}

bool Machines::guest_powers_off(const Uuid& id) {
    const bool ran = world_.with([&](World& world) {
        const auto entry = world.entries.find(id);
        if (entry == world.entries.end() || entry->second.machine.state != running) return false;
        enter(world, entry->second, off, "shut down by the guest");
        return true;
    });
    if (ran) changed(id, "stopped");
    return ran;
}

void Machines::set_state(const Uuid& id, MachineState state, const std::string& reason) {
    world_.with([&](World& world) {
        enter(world, known(world, id, "set the state of compute " + id), state, reason);
    });
    changed(id, name_of(state));
}

void Machines::set_deaf(const Uuid& id, bool deaf) {
    world_.with([&](World& world) { known(world, id, "set deafness of compute " + id).deaf = deaf; });
}

void Machines::set_all_deaf(bool deaf) {
    world_.with([&](World& world) { world.all_deaf = deaf; });
}

void Machines::add_foreign(Machine machine) {
    machine.ours = false;
    const auto id = machine.id;
    world_.with([&](World& world) {
        auto& entry = world.entries[id] = Entry{std::move(machine)};
        enter(world, entry, entry.machine.state, std::string(entry.machine.reason));
    });
    changed(id, "defined");
}

bool Machines::vanish(const Uuid& id) {
    const bool gone = world_.with([&](World& world) { return world.entries.erase(id) > 0; });
    if (gone) changed(id, "undefined");
    return gone;
}

} // namespace hv::fake
