#include "agent/service/compute/lifecycle.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/machine_start.hh"
#include "agent/service/effect.hh"
#include "agent/service/storage/disk_save.hh"
#include "agent/service/unmade.hh"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace service {
namespace {

using hv::MachineState;

// Whether the machine has ended, as far as the snapshot tells.
bool is_off(const state::Snapshot& seen, const Uuid& id) {
    const auto* machine = state::find(seen.machines, id);
    return !machine || (machine->state != MachineState::running && machine->state != MachineState::paused);
}

// One that has gone off since it was looked at has no button any more, and that is no failure.
void press_power_button(Context& context, const Uuid& id) {
    try {
        context.host.compute().press_power_button(id);
    } catch (const Error& failure) {
        if (failure.fault() != Fault::conflict) throw;
        context.inventory.reread_machine(id);
        if (!is_off(*context.inventory.now(), id)) throw;
    }
}

// A guest that is still booting loses a press of the button, so it is pressed again. Whether the machine went off in
// time.
bool ask_to_end(Context& context, const Uuid& id, const std::stop_token& stop) {
    const auto until = std::chrono::steady_clock::now() + context.settings.stop_time;
    while (!stop.stop_requested()) {
        press_power_button(context, id);
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        const auto wait = std::clamp(left, std::chrono::milliseconds(0), context.settings.press_again);
        if (context.inventory.wait([&](const state::Snapshot& seen) { return is_off(seen, id); }, wait, stop))
            return true;
        if (left <= context.settings.press_again) return false;
    }
    return false;
}

std::string in_seconds(std::chrono::milliseconds time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

void stop_gracefully(Context& context, const hv::Machine& machine, std::stop_token stop) {
    if (ask_to_end(context, machine.id, stop)) return;
    if (stop.stop_requested()) throw Error(Fault::conflict, "the stop was cancelled");
    context.host.compute().power_off(machine.id);
}

void stop_by_button(Context& context, const hv::Machine& machine, std::stop_token stop) {
    if (ask_to_end(context, machine.id, stop)) return;
    if (stop.stop_requested()) throw Error(Fault::conflict, "the stop was cancelled");
    throw Error(Fault::conflict,
                "the guest ignored the power button for " + in_seconds(context.settings.stop_time));
}

// One that was on its way back from saved memory still has that, and off is what was asked for.
void power_off(Context& context, const hv::Machine& machine, std::stop_token) {
    context.host.compute().power_off(machine.id);
    const auto now = context.host.compute().find(machine.id);
    if (now && now->state == MachineState::saved) context.host.compute().discard(machine.id);
}

void discard(Context& context, const hv::Machine& machine, std::stop_token) {
    context.host.compute().discard(machine.id);
}

// What is in the way may be the saved memory itself, and that is the one thing that every other way out leaves behind.
void start(Context& context, const hv::Machine& machine, std::stop_token) try {
    start_machine(context, machine.id);
} catch (const Error& failure) {
    const std::string sentence = failure.what();
    const bool passes = failure.fault() == Fault::busy || failure.fault() == Fault::timeout;
    if (machine.state != MachineState::saved || passes || !sentence.starts_with("start compute")) throw;
    throw Error(failure.fault(),
                sentence + "; its memory is still saved: force it off to discard that, and start it again");
}

void start_cold(Context& context, const hv::Machine& machine, std::stop_token) {
    if (machine.state == MachineState::saved) context.host.compute().discard(machine.id);
    start_machine(context, machine.id);
}

void pause(Context& context, const hv::Machine& machine, std::stop_token) {
    context.host.compute().suspend(machine.id, hv::Suspend::pause);
}
void save(Context& context, const hv::Machine& machine, std::stop_token) {
    context.host.compute().suspend(machine.id, hv::Suspend::save);
}
void reset(Context& context, const hv::Machine& machine, std::stop_token) {
    context.host.compute().restart(machine.id, hv::Restart::reset);
}

// As with the power button: asked again until it was seen to restart.
void restart(Context& context, const hv::Machine& machine, std::stop_token stop) {
    const auto& id = machine.id;
    const auto before = context.inventory.told_of(id).boots;
    const auto has_booted = [&](const state::Snapshot&) {
        return context.inventory.told_of(id).boots > before;
    };
    const auto until = std::chrono::steady_clock::now() + context.settings.stop_time;
    while (!stop.stop_requested()) {
        context.host.compute().restart(id, hv::Restart::acpi);
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (context.inventory.wait(
                has_booted, std::clamp(left, std::chrono::milliseconds(0), context.settings.press_again),
                stop))
            return;
        if (left <= context.settings.press_again)
            throw Error(Fault::conflict, "the guest ignored the request to restart for " +
                                             in_seconds(context.settings.stop_time) +
                                             ": a reset (a cold restart) does not ask it");
    }
    throw Error(Fault::conflict, "the restart was cancelled");
}

// ---- what is to be seen afterwards ----------------------------------------------------------------------------------

using Told = state::Inventory::Told;

std::uint64_t arrivals(const Told& told, MachineState state) {
    return told.arrivals.at(static_cast<std::size_t>(state));
}

// By its state, or by what was told since: a guest may have ended by itself the moment after it was started.
bool runs(const hv::Machine& machine, const Told& before, const Told& now) {
    return machine.state == MachineState::running || now.boots > before.boots ||
           arrivals(now, MachineState::running) > arrivals(before, MachineState::running);
}
template <MachineState state> bool is(const hv::Machine& machine, const Told& before, const Told& now) {
    return machine.state == state || arrivals(now, state) > arrivals(before, state);
}
bool has_ended(const hv::Machine& machine, const Told& before, const Told& now) {
    return is<MachineState::off>(machine, before, now) || is<MachineState::crashed>(machine, before, now);
}
bool has_booted(const hv::Machine&, const Told& before, const Told& now) { return now.boots > before.boots; }

using States = std::vector<MachineState>;

// From some states one thing leads there, from others another.
struct Way {
    States from;
    void (*run)(Context&, const hv::Machine&, std::stop_token);
    bool (*seen)(const hv::Machine&, const Told& before, const Told& now); // its effect
};

struct Rule {
    std::string_view action, method;
    KindOfOperation operation;
    std::vector<Way> ways;
    States already; // where there is nothing left to do
    bool is_at_once() const noexcept { return row_of(operation).traits.at_once; }
};

// The first rule of an action is its default method. From each state there is a way to off, to on, and to gone, which
// is the removal.
std::vector<Rule> make_rules() {
    using enum MachineState;
    using enum KindOfOperation;
    const Way boots{{crashed}, start_cold, runs}, restarts{{running}, restart, has_booted},
        forgets{{saved}, discard, is<off>};
    // clang-format off
    return {
        {"start", "warm", start_compute, {{{off, saved, paused, crashed}, start, runs}}, {running}},
        {"start", "cold", boot_compute, {{{off, saved, crashed}, start_cold, runs}}, {running}},
        {"stop", "graceful", stop_compute, {{{running}, stop_gracefully, has_ended}}, {off, saved}},
        {"stop", "acpioff", KindOfOperation::press_power_button,
         {{{running}, stop_by_button, has_ended}, forgets}, {off}},
        {"stop", "poweroff", force_off_compute,
         {{{running, paused, crashed, unknown}, power_off, is<off>}, forgets}, {off}},
        {"suspend", "suspend", suspend_compute, {{{running}, pause, is<paused>}}, {paused}},
        {"suspend", "hibernate", save_compute, {{{running, paused}, save, is<saved>}}, {saved}},
        {"restart", "graceful", restart_compute, {restarts, boots}, {}},
        {"restart", "warm", restart_compute, {restarts, boots}, {}},
        {"restart", "cold", reset_compute, {{{running}, reset, has_booted}, boots}, {}},
    };
    // clang-format on
}

const std::vector<Rule>& rules() {
    static const auto all = make_rules();
    return all;
}

const Rule& rule_of(const occi::Invocation& wanted) {
    const auto given = wanted.attributes.find(occi::name::method);
    const auto* method =
        given == wanted.attributes.end() ? nullptr : std::get_if<std::string>(&given->second);
    for (const auto& rule : rules())
        if (rule.action == wanted.action->id.term && (!method || rule.method == *method)) return rule;
    throw Error(Fault::invalid, "action " + wanted.action->id.term + " has no method " +
                                    (method ? "\"" + text::printable(*method) + "\"" : "without a name"));
}

bool contains(const std::vector<MachineState>& states, MachineState state) {
    return std::ranges::find(states, state) != states.end();
}

const Way* way_from(const Rule& rule, MachineState state) {
    const auto way =
        std::ranges::find_if(rule.ways, [&](const Way& each) { return contains(each.from, state); });
    return way == rule.ways.end() ? nullptr : &*way;
}

std::string refusal(const Rule& rule, const hv::Machine& machine) {
    const auto is_so = contains(rule.already, machine.state);
    const auto now = "compute " + machine.id + " is " + std::string(phrase_of(machine.state));
    return is_so ? now + " already: to " + std::string(rule.action) + " it changes nothing"
                 : now + ": it cannot " + std::string(rule.action) + " now";
}

// What the machine is when its turn has come decides, not what it was when it was asked for.
void follow(Context& context, const Rule& rule, const Uuid& id, const std::stop_token& stop) {
    const auto machine = context.host.compute().find(id);
    if (!machine) throw Error(Fault::not_found, "there is no compute " + id);
    if (contains(rule.already, machine->state)) return;
    const auto* way = way_from(rule, machine->state);
    if (!way) throw Error(Fault::conflict, refusal(rule, *machine));
    const auto before = context.inventory.told_of(id);
    way->run(context, *machine, stop);
    context.inventory.reread_machine(id);
    const auto missing = [&](const state::Snapshot& seen) -> std::optional<std::string> {
        const auto* now = state::find(seen.machines, id);
        if (!now) return "it is gone";
        if (way->seen(*now, before, context.inventory.told_of(id))) return std::nullopt;
        return "it is " + phrase_of(*now);
    };
    see(context,
        {std::string(name_of(rule.operation)) + " " + id, missing,
         [&](state::Inventory& inventory) { inventory.reread_machine(id); }},
        stop);
}

// What is asked for at once has the last word: a start that it overtook may make the machine run after all.
void follow_to_the_end(Context& context, const Rule& rule, const Uuid& id, state::Task& task) {
    do follow(context, rule, id, task.stop());
    while (rule.is_at_once() && task.wait_for_passed());
}

} // namespace

std::string why_not(const occi::Invocation& wanted, const hv::Machine& machine) {
    const auto& rule = rule_of(wanted);
    return way_from(rule, machine.state) ? std::string() : refusal(rule, machine);
}

KindOfOperation operation_for(const occi::Invocation& wanted, const hv::Machine& machine, bool settled) {
    const auto& rule = rule_of(wanted);
    if (!machine.stuck.empty() && !rule.is_at_once())
        throw Error(Fault::busy, "compute " + machine.id + " does not react: " + machine.stuck +
                                     "; force it off or try again later");
    if (settled && !way_from(rule, machine.state)) throw Error(Fault::conflict, refusal(rule, machine));
    return rule.operation;
}

std::vector<const occi::Action*> actions_now(const hv::Machine& machine, const occi::Model& model) {
    const auto is_open = [&](const occi::Action* action) {
        if (action->id.term == save_action) return why_not_saved(machine).empty();
        return std::ranges::any_of(rules(), [&](const Rule& rule) {
            return rule.action == action->id.term && way_from(rule, machine.state) &&
                   (machine.stuck.empty() || rule.is_at_once());
        });
    };
    auto actions = model.known().compute->actions;
    std::erase_if(actions, [&](const occi::Action* action) { return !is_open(action); });
    return actions;
}

std::vector<state::OperationKind> lifecycle_kinds(Context& context,
                                                  std::function<void(const state::Operation&)> ended) {
    std::vector<state::OperationKind> kinds;
    for (const auto& rule : rules()) {
        const auto name = name_of(rule.operation);
        if (std::ranges::find(kinds, name, &state::OperationKind::name) != kinds.end()) continue;
        kinds.push_back(serve(rule.operation, [&context, &rule, ended](const state::Operation& operation) {
            state::Work work;
            work.steps.push_back(
                {std::string(rule.action), [&context, &rule, id = operation.target](state::Task& task) {
                     follow_to_the_end(context, rule, id, task);
                 }});
            work = unless_unmade(context, operation.target, std::move(work));
            work.ended = ended;
            return work;
        }));
    }
    return kinds;
}

} // namespace service
