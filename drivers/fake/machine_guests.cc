// What befalls machines that no verb has asked for: by their guests, by other people, by chance.
#include "drivers/fake/machines.hh"

#include "agent/base/error.hh"

#include <array>

namespace hv::fake {

using enum MachineState;

namespace {

// What is told when a machine gets into a state without a verb; by MachineState.
constexpr std::array<std::string_view, 6> arrivals{"started", "suspended", "stopped",
                                                   "stopped", "crashed",   "unknown"};

} // namespace

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
