#include "agent/service/lifecycle.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/disk_save.hh"
#include "agent/service/machine_start.hh"

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
void press_power_button(Node& node, const Uuid& id) {
    try {
        node.host.compute().press_power_button(id);
    } catch (const Error& failure) {
        if (failure.fault() != Fault::conflict) throw;
        node.inventory.reread_machine(id);
        if (!is_off(*node.inventory.now(), id)) throw;
    }
}

// A guest that is still booting loses a press of the button, so it is pressed again. Whether the machine went off in time.
bool ask_to_end(Node& node, const Uuid& id, const std::stop_token& stop) {
    const auto until = std::chrono::steady_clock::now() + node.settings.stop_time;
    while (!stop.stop_requested()) {
        press_power_button(node, id);
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        const auto wait = std::clamp(left, std::chrono::milliseconds(0), node.settings.press_again);
        if (node.inventory.wait([&](const state::Snapshot& seen) { return is_off(seen, id); }, wait, stop))
            return true;
        if (left <= node.settings.press_again) return false;
    }
    return false;
}

void stop_gracefully(Node& node, const Uuid& id, std::stop_token stop) {
    if (ask_to_end(node, id, stop)) return;
    if (stop.stop_requested()) throw Error(Fault::conflict, "the stop was cancelled");
    node.host.compute().power_off(id);
}

void stop_by_button(Node& node, const Uuid& id, std::stop_token stop) {
    if (ask_to_end(node, id, stop)) return;
    if (stop.stop_requested()) throw Error(Fault::conflict, "the stop was cancelled");
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(node.settings.stop_time).count();
    throw Error(Fault::conflict, "the guest ignored the power button for " + std::to_string(seconds) + " s");
}

void power_off(Node& node, const Uuid& id, std::stop_token) { node.host.compute().power_off(id); }
void start(Node& node, const Uuid& id, std::stop_token) { start_machine(node, id); }
void pause(Node& node, const Uuid& id, std::stop_token) {
    node.host.compute().suspend(id, hv::Suspend::pause);
}
void save(Node& node, const Uuid& id, std::stop_token) { node.host.compute().suspend(id, hv::Suspend::save); }
void restart(Node& node, const Uuid& id, std::stop_token) {
    node.host.compute().restart(id, hv::Restart::acpi);
}
void reset(Node& node, const Uuid& id, std::stop_token) {
    node.host.compute().restart(id, hv::Restart::reset);
}

using AtStart = state::OperationKind::AtStart;

struct Rule {
    std::string_view action, method, operation;
    std::vector<MachineState> from;    // where it does something
    std::vector<MachineState> already; // where there is nothing left to do
    bool at_once;
    AtStart at_start;
    void (*run)(Node&, const Uuid&, std::stop_token);
};

// The first rule of an action is its default method.
const std::vector<Rule>& rules() {
    using enum MachineState;
    using enum AtStart;
    static const std::vector<Rule> all = {
        {"start", "", "start compute", {off, saved, paused, crashed}, {running}, false, go_on, start},
        {"stop", "graceful", "stop compute", {running}, {off, saved}, false, go_on, stop_gracefully},
        {"stop", "acpioff", "press power button", {running}, {off, saved}, false, go_on, stop_by_button},
        {"stop",
         "poweroff",
         "force off compute",
         {running, paused, crashed},
         {off, saved},
         true,
         go_on,
         power_off},
        {"suspend", "suspend", "suspend compute", {running}, {paused}, false, go_on, pause},
        {"suspend", "hibernate", "save compute", {running, paused}, {saved}, false, go_on, save},
        {"restart", "graceful", "restart compute", {running}, {}, false, fail, restart},
        {"restart", "warm", "restart compute", {running}, {}, false, fail, restart},
        {"restart", "cold", "reset compute", {running}, {}, false, fail, reset},
    };
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

std::string_view state_phrase(MachineState state) {
    constexpr std::array phrases{"running", "suspended", "off", "saved", "crashed", "in an unknown state"};
    return phrases.at(static_cast<std::size_t>(state));
}

void refuse_unless_admitted(const Rule& rule, const hv::Machine& machine) {
    if (!contains(rule.from, machine.state))
        throw Error(Fault::conflict, "compute " + machine.id + " is " +
                                         std::string(state_phrase(machine.state)) + ": it cannot " +
                                         std::string(rule.action) + " now");
}

// What the machine is when its turn has come decides, not what it was when it was asked for.
void follow(Node& node, const Rule& rule, const Uuid& id, const std::stop_token& stop) {
    const auto machine = node.host.compute().find(id);
    if (!machine) throw Error(Fault::not_found, "there is no compute " + id);
    if (contains(rule.already, machine->state)) return;
    refuse_unless_admitted(rule, *machine);
    rule.run(node, id, stop);
    node.inventory.reread_machine(id);
}

// What is asked for at once has the last word: a start that it overtook may make the machine run after all.
void follow_to_the_end(Node& node, const Rule& rule, const Uuid& id, state::Task& task) {
    do follow(node, rule, id, task.stop());
    while (rule.at_once && task.wait_for_passed());
}

} // namespace

std::optional<std::string> operation_for(const occi::Invocation& wanted, const hv::Machine& machine,
                                         bool settled) {
    const auto& rule = rule_of(wanted);
    if (!machine.stuck.empty() && !rule.at_once)
        throw Error(Fault::busy, "compute " + machine.id + " does not react: " + machine.stuck +
                                     "; force it off or try again later");
    if (settled) {
        if (contains(rule.already, machine.state)) return std::nullopt;
        refuse_unless_admitted(rule, machine);
    }
    return std::string(rule.operation);
}

std::vector<const occi::Action*> actions_now(const hv::Machine& machine, const occi::Model& model) {
    const auto is_open = [&](const occi::Action* action) {
        if (action->id.term == save_action) return why_not_saved(machine).empty();
        return std::ranges::any_of(rules(), [&](const Rule& rule) {
            return rule.action == action->id.term && contains(rule.from, machine.state) &&
                   (machine.stuck.empty() || rule.at_once);
        });
    };
    auto actions = model.known().compute->actions;
    std::erase_if(actions, [&](const occi::Action* action) { return !is_open(action); });
    return actions;
}

std::vector<state::OperationKind> lifecycle_kinds(Node& node,
                                                  std::function<void(const state::Operation&)> ended) {
    std::vector<state::OperationKind> kinds;
    for (const auto& rule : rules()) {
        if (std::ranges::find(kinds, rule.operation, &state::OperationKind::name) != kinds.end()) continue;
        state::OperationKind kind;
        kind.name = rule.operation;
        kind.work = [&node, &rule, ended](const state::Operation& operation) {
            state::Work work;
            work.steps.push_back(
                {std::string(rule.action), [&node, &rule, id = operation.target](state::Task& task) {
                     follow_to_the_end(node, rule, id, task);
                 }});
            work.ended = ended;
            return work;
        };
        kind.at_start = rule.at_start;
        kind.at_once = rule.at_once;
        if (rule.run == start) kind.weight = state::OperationKind::Weight::heavy;
        kind.gives_way = true;
        kind.synced = false;
        kind.frees = rule.action == "stop";
        kinds.push_back(std::move(kind));
    }
    return kinds;
}

} // namespace service
