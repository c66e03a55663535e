#include "agent/service/lifecycle.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"

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

// A guest that is still booting loses a press of the button, so it is pressed again. Whether the machine went off in time.
bool ask_to_end(Node& node, const Uuid& id, const std::stop_token& stop) {
    const auto until = std::chrono::steady_clock::now() + node.settings.stop_time;
    while (!stop.stop_requested()) {
        node.host.compute().press_power_button(id);
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
    if (ask_to_end(node, id, stop) || stop.stop_requested()) return;
    node.host.compute().power_off(id);
}

void stop_by_button(Node& node, const Uuid& id, std::stop_token stop) {
    if (ask_to_end(node, id, stop) || stop.stop_requested()) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(node.settings.stop_time).count();
    throw Error(Fault::conflict, "the guest ignored the power button for " + std::to_string(seconds) + " s");
}

void power_off(Node& node, const Uuid& id, std::stop_token) { node.host.compute().power_off(id); }
void start(Node& node, const Uuid& id, std::stop_token) { node.host.compute().start(id); }
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

struct Rule {
    std::string_view action, method;
    std::vector<MachineState> from;    // where it does something
    std::vector<MachineState> already; // where there is nothing left to do
    bool at_once;
    void (*run)(Node&, const Uuid&, std::stop_token);
};

// The first rule of an action is its default method.
const std::vector<Rule>& rules() {
    using enum MachineState;
    static const std::vector<Rule> all = {
        {"start", "", {off, saved, paused, crashed}, {running}, false, start},
        {"stop", "graceful", {running}, {off, saved}, false, stop_gracefully},
        {"stop", "acpioff", {running}, {off, saved}, false, stop_by_button},
        {"stop", "poweroff", {running, paused, crashed}, {off, saved}, true, power_off},
        {"suspend", "suspend", {running}, {paused}, false, pause},
        {"suspend", "hibernate", {running, paused}, {saved}, false, save},
        {"restart", "graceful", {running}, {}, false, restart},
        {"restart", "warm", {running}, {}, false, restart},
        {"restart", "cold", {running}, {}, false, reset},
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

} // namespace

std::optional<Step> plan_step(const occi::Invocation& wanted, const hv::Machine& machine) {
    const auto& rule = rule_of(wanted);
    if (contains(rule.already, machine.state)) return std::nullopt;
    if (!contains(rule.from, machine.state))
        throw Error(Fault::conflict, "compute " + machine.id + " is " +
                                         std::string(state_phrase(machine.state)) + ": it cannot " +
                                         std::string(rule.action) + " now");
    return Step{std::string(rule.action), rule.at_once, rule.run};
}

} // namespace service
