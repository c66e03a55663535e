#include "drivers/fake/machines.hh"

#include "agent/base/error.hh"
#include "drivers/note.hh"

#include <algorithm>
#include <array>

namespace hv::fake {
namespace {

using enum MachineState;

struct Transition {
    std::string_view how;
    MachineState from, to;
    std::string_view reason; // empty: as before
    std::string_view event;  // a word of Change::what; empty: nothing happens
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
    Transition{"power off", unknown, off, "destroyed", "stopped"},
    Transition{"discard the memory of", saved, off, "its saved memory was discarded", "stopped"},
    Transition{"discard the memory of", off, off, "", ""},
    Transition{"discard the memory of", crashed, crashed, "", ""},
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

std::string target_of(std::size_t disk) {
    std::string letters(1, static_cast<char>('a' + disk % 26));
    for (disk /= 26; disk > 0; disk = (disk - 1) / 26)
        letters.insert(letters.begin(), static_cast<char>('a' + (disk - 1) % 26));
    return "vd" + letters;
}

} // namespace

void Machines::changed(const Uuid& id, std::string_view what, std::string_view detail,
                       std::optional<MachineState> state) {
    if (!gate_.why_lost())
        events_.changed({Change::Subject::machine, id, std::string(what), std::string(detail), state});
}

// The reason is told when it is new.
void Machines::moved(const Machine& before, const Machine& now, std::string_view what) {
    if (!before.stuck.empty() && now.stuck.empty()) changed(now.id, "reacting", "", now.state);
    const bool is_new = before.state != now.state || before.reason != now.reason;
    changed(now.id, what, is_new ? now.reason : "", now.state);
}

// A note that names another machine or another agent proves nothing.
Machine Machines::shown(const World& world, const Entry& entry) {
    auto machine = entry.machine;
    machine.driver = "fake";
    machine.ours = entry.maker == world.agent && entry.made_as == machine.id;
    return machine;
}

Machines::Entry& Machines::known(World& world, const Uuid& id, const std::string& doing) {
    const auto entry = world.entries.find(id);
    if (entry == world.entries.end()) throw Error(Fault::not_found, doing + ": there is no such machine");
    return entry->second;
}

Machines::Entry& Machines::ours(World& world, const Uuid& id, const std::string& doing) {
    auto& entry = known(world, id, doing);
    if (!shown(world, entry).ours)
        throw Error(Fault::forbidden, doing + ": it was not made by this agent, which only shows it");
    return entry;
}

Machines::Entry& Machines::reacting(World& world, const Uuid& id, const std::string& doing) {
    auto& entry = ours(world, id, doing);
    if (!entry.machine.stuck.empty()) throw Error(Fault::busy, doing + ": " + entry.machine.stuck);
    return entry;
}

void Machines::enter(World& world, Entry& entry, MachineState state, std::string_view reason) {
    auto& machine = entry.machine;
    if (!in_memory(state)) {
        entry.pressed = false;
        entry.unplugged.clear();
        machine.stuck.clear();
        machine.now.reset();
    }
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
            for (const auto& [id, entry] : world.entries) all.push_back(shown(world, entry));
            return all;
        });
    });
}

std::optional<Machine> Machines::find(const Uuid& id) {
    return gate_.pass("compute.find", [&] {
        return world_.with([&](const World& world) {
            const auto entry = world.entries.find(id);
            return entry == world.entries.end() ? std::nullopt : std::optional(shown(world, entry->second));
        });
    });
}

std::vector<MachineStatus> Machines::glance() {
    return gate_.pass("compute.glance", [&] {
        return world_.with([](const World& world) {
            std::vector<MachineStatus> all;
            for (const auto& [id, entry] : world.entries)
                all.push_back({id, entry.machine.state, entry.machine.reason, entry.machine.stuck});
            return all;
        });
    });
}

std::vector<Holding> Machines::holdings() {
    return gate_.pass("compute.holdings", [&] {
        return world_.with([](const World& world) {
            std::vector<Holding> all;
            for (const auto& [id, entry] : world.entries) {
                Holding holding{id, entry.machine.name, in_memory(entry.machine.state), {},
                                {}, entry.bridges};
                for (const auto& disk : entry.machine.spec.disks) {
                    Holding::Medium medium{disk.target, {}};
                    for (const auto& layer : disk.layers) medium.files.push_back(layer.path);
                    if (!medium.files.empty()) holding.media.push_back(std::move(medium));
                }
                for (const auto& file : entry.files) holding.media.push_back({"", {file}});
                for (const auto& nic : entry.machine.spec.nics)
                    if (!nic.network.empty()) holding.networks.insert(nic.network);
                all.push_back(std::move(holding));
            }
            return all;
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
        Entry entry{{id, "occi-" + id, true, spec, off, "", ""}};
        auto& disks = entry.machine.spec.disks;
        for (std::size_t disk = 0; disk < disks.size(); ++disk)
            if (disks[disk].target.empty()) disks[disk].target = target_of(disk);
        const bool fresh = world_.with([&](World& world) {
            entry.made_as = id;
            entry.maker = world.agent;
            return world.entries.emplace(id, entry).second;
        });
        if (!fresh) throw Error(Fault::conflict, doing + ": it exists already");
        changed(id, "defined", "", off);
    });
}

// What a hypervisor finds out only when a machine that runs is to have it.
void Machines::check_disk(const Disk& disk, const std::string& doing) const {
    for (const auto& layer : disk.layers)
        if (!volumes_.could_open(layer.path))
            throw Error(Fault::internal, doing + ": cannot open " + layer.path + ": no such file");
}

void Machines::check_nic(const Nic& nic, const std::string& doing) const {
    if (!nic.network.empty() && !networks_.is_active(nic.network))
        throw Error(Fault::conflict, doing + ": network " + nic.network + " is not active");
}

void Machines::check_parts(const Machine& machine, const std::string& doing) const {
    for (const auto& disk : machine.spec.disks) check_disk(disk, doing);
    for (const auto& nic : machine.spec.nics) check_nic(nic, doing);
}

void Machines::change(std::string_view verb, std::string_view how, const Uuid& id) {
    gate_.pass(verb, [&] {
        const auto doing = std::string(how) + " compute " + id;
        const bool by_force = verb == "compute.power_off";
        const auto found = [&](World& world) -> Entry& {
            return by_force ? ours(world, id, doing) : reacting(world, id, doing);
        };
        const auto seen = world_.with([&](World& world) { return found(world).machine; });
        if (how == "start" && !in_memory(seen.state)) check_parts(seen, doing);
        Machine before, after;
        bool obeys = false;
        const auto event = world_.with([&](World& world) {
            auto& entry = found(world);
            before = entry.machine;
            const auto step = std::ranges::find_if(transitions, [&](const Transition& each) {
                return each.how == how && each.from == before.state;
            });
            if (step == transitions.end())
                throw Error(Fault::conflict, doing + ": it is " + name_of(before.state));
            if (step->to != before.state) enter(world, entry, step->to, step->reason);
            if (verb == "compute.press_power_button") entry.pressed = true;
            obeys = entry.pressed && entry.machine.state == running && !entry.deaf && !world.all_deaf;
            if (entry.machine.state == running) entry.pressed = false;
            after = entry.machine;
            const bool is_unheard = how == "reboot" && (entry.deaf || world.all_deaf);
            return is_unheard ? std::string_view() : step->event;
        });
        if (!event.empty()) moved(before, after, event);
        if (obeys) guest_obeys(id);
    });
}

void Machines::start(const Uuid& id) { change("compute.start", "start", id); }

void Machines::press_power_button(const Uuid& id) {
    change("compute.press_power_button", "press the power button of", id);
}

void Machines::power_off(const Uuid& id) { change("compute.power_off", "power off", id); }

void Machines::discard(const Uuid& id) { change("compute.discard", "discard the memory of", id); }

void Machines::suspend(const Uuid& id, Suspend how) {
    change("compute.suspend", how == Suspend::pause ? "pause" : "save", id);
}

void Machines::restart(const Uuid& id, Restart how) {
    change("compute.restart", how == Restart::acpi ? "reboot" : "reset", id);
}

// Guests take one more processor at once; for everything else of their sizes they have to start anew.
void Machines::revise(const Uuid& id, const MachineSpec& wanted) {
    gate_.pass("compute.revise", [&] {
        const auto doing = "change compute " + id;
        world_.with([&](World& world) {
            auto& machine = reacting(world, id, doing).machine;
            auto& spec = machine.spec;
            const Sizes before{spec.cores, spec.memory}, after{wanted.cores, wanted.memory};
            const bool arch_changes = !wanted.arch.empty() && wanted.arch != spec.arch;
            if (arch_changes && in_memory(machine.state))
                throw Error(Fault::conflict, doing + ": its architecture cannot change while it runs");
            if ((arch_changes || before != after || wanted.shares != spec.shares) && machine.state == saved)
                throw Error(Fault::conflict, doing + ": it is saved; start it first");
            auto now = machine.now.value_or(before);
            now.cores = std::max(now.cores, after.cores);
            machine.now = in_memory(machine.state) && now != after ? std::optional(now) : std::nullopt;
            spec.title = wanted.title;
            spec.notes = wanted.notes;
            take_titles(spec, wanted);
            spec.cores = wanted.cores;
            spec.memory = wanted.memory;
            spec.shares = wanted.shares;
            if (arch_changes) spec.arch = wanted.arch;
        });
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

} // namespace hv::fake
