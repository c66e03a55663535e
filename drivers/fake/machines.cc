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

// What is told when a machine gets into a state without a verb; by MachineState.
constexpr std::array<std::string_view, 6> arrivals{"started", "suspended", "stopped",
                                                   "stopped", "crashed",   "unknown"};

bool in_memory(MachineState state) { return state == running || state == paused; }

std::string target_of(std::size_t disk) {
    std::string letters(1, static_cast<char>('a' + disk % 26));
    for (disk /= 26; disk > 0; disk = (disk - 1) / 26)
        letters.insert(letters.begin(), static_cast<char>('a' + (disk - 1) % 26));
    return "vd" + letters;
}

} // namespace

void Machines::changed(const Uuid& id, std::string_view what, std::string_view detail,
                       std::optional<MachineState> state) {
    if (!gate_.lost())
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

Disk& Machines::running_disk(World& world, const Uuid& id, const Uuid& volume, const std::string& doing) {
    auto& machine = reacting(world, id, doing).machine;
    if (!in_memory(machine.state)) throw Error(Fault::conflict, doing + ": it does not run");
    const auto disk = std::ranges::find(machine.spec.disks, volume, &Disk::volume);
    if (disk == machine.spec.disks.end())
        throw Error(Fault::not_found, doing + ": it has no disk on volume " + volume);
    return *disk;
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

std::vector<Sight> Machines::glance() {
    return gate_.pass("compute.glance", [&] {
        return world_.with([](const World& world) {
            std::vector<Sight> all;
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
            spec.cores = wanted.cores;
            spec.memory = wanted.memory;
            spec.shares = wanted.shares;
            if (arch_changes) spec.arch = wanted.arch;
        });
        changed(id, "metadata changed");
    });
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

void Machines::resize_disk(const Uuid& id, const Uuid& volume, std::uint64_t bytes) {
    gate_.pass("compute.resize_disk", [&] {
        const auto doing = "resize a disk of compute " + id;
        world_.with([&](World& world) { running_disk(world, id, volume, doing).bytes = bytes; });
        volumes_.resize(volume, bytes);
        changed(id, "metadata changed");
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
    Machine before, after;
    const bool ran = world_.with([&](World& world) {
        const auto entry = world.entries.find(id);
        if (entry == world.entries.end() || entry->second.machine.state != running) return false;
        before = entry->second.machine;
        enter(world, entry->second, off, "shut down by the guest");
        after = entry->second.machine;
        return true;
    });
    if (ran) moved(before, after, "stopped");
    return ran;
}

void Machines::set_state(const Uuid& id, MachineState state, const std::string& reason) {
    Machine before, after;
    world_.with([&](World& world) {
        auto& entry = known(world, id, "set the state of compute " + id);
        before = entry.machine;
        enter(world, entry, state, reason);
        after = entry.machine;
    });
    moved(before, after, arrivals.at(static_cast<std::size_t>(state)));
}

void Machines::set_stuck(const Uuid& id, const std::string& sentence) {
    const auto state = world_.with([&](World& world) {
        auto& machine = known(world, id, "make compute " + id + " stuck").machine;
        machine.stuck = sentence;
        return machine.state;
    });
    changed(id, sentence.empty() ? "reacting" : "stuck", sentence, state);
}

void Machines::set_deaf(const Uuid& id, bool deaf) {
    world_.with([&](World& world) { known(world, id, "set deafness of compute " + id).deaf = deaf; });
}

void Machines::set_all_deaf(bool deaf) {
    world_.with([&](World& world) { world.all_deaf = deaf; });
}

void Machines::be(const Uuid& agent) {
    world_.with([&](World& world) { world.agent = agent; });
}

Uuid Machines::copy(const Uuid& original, const MachineSpec& spec, bool forged) {
    const auto id = new_uuid();
    world_.with([&](World& world) {
        auto entry = known(world, original, "copy compute " + original);
        entry.machine.id = id;
        entry.machine.name += "-clone";
        entry.machine.spec = spec;
        if (forged) entry.made_as = id;
        enter(world, entry, off, "");
        world.entries.emplace(id, std::move(entry));
    });
    changed(id, "defined", "", off);
    return id;
}

void Machines::hold_file(const Uuid& id, const std::string& path) {
    world_.with([&](World& world) { known(world, id, "plug in " + path).files.insert(path); });
    changed(id, "device added");
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
