#include "agent/service/effect.hh"

#include "agent/base/error.hh"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace service {
namespace {

using Missing = std::function<std::optional<std::string>(const state::Snapshot&)>;

constexpr auto longest_pause = std::chrono::milliseconds(1000); // between two readings

See see_thing(Context& context, std::string asked, std::function<void(state::Inventory&)> reread,
              Missing missing) {
    return [&context, effect = Effect{std::move(asked), std::move(missing), std::move(reread)}](
               state::Task& task) { see(context, effect, task.stop()); };
}

template <class T> Missing is_gone(const state::Table<T> state::Snapshot::*table, const Uuid& id) {
    return [table, id](const state::Snapshot& seen) {
        return state::find(seen.*table, id) ? std::optional<std::string>("it is still there") : std::nullopt;
    };
}

} // namespace

std::string_view phrase_of(hv::MachineState state) noexcept {
    constexpr std::array phrases{"running", "suspended", "off", "saved", "crashed", "in an unknown state"};
    return phrases.at(static_cast<std::size_t>(state));
}

std::string phrase_of(const hv::Machine& machine) {
    std::string phrase(phrase_of(machine.state));
    return machine.reason.empty() ? phrase : phrase + " (" + machine.reason + ")";
}

void see(Context& context, const Effect& effect, const std::stop_token& stop) {
    std::optional<std::string> instead;
    const auto has_come = [&](const state::Snapshot& seen) { return !(instead = effect.missing(seen)); };
    if (has_come(*context.inventory.now())) return;
    const auto patience = context.settings.effect_time;
    const auto until = std::chrono::steady_clock::now() + patience;
    for (auto left = patience; left.count() > 0;) {
        if (context.inventory.wait(has_come, std::min(left, longest_pause), stop)) return;
        if (stop.stop_requested()) throw Error(Fault::conflict, effect.asked + ": it was cancelled");
        effect.reread(context.inventory);
        if (has_come(*context.inventory.now())) return;
        left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    }
    throw Error(Fault::conflict,
                fmt::format("{}: it was asked for, and was not seen to happen within {:.3g} s: {}",
                            effect.asked, std::chrono::duration<double>(patience).count(),
                            instead.value_or("")));
}

See see_machine(Context& context, const Uuid& id, std::string asked,
                std::function<std::optional<std::string>(const hv::Machine&)> missing) {
    return see_thing(
        context, std::move(asked), [id](state::Inventory& inventory) { inventory.reread_machine(id); },
        [id, missing = std::move(missing)](const state::Snapshot& seen) -> std::optional<std::string> {
            const auto* machine = state::find(seen.machines, id);
            return machine ? missing(*machine) : "it is not there";
        });
}

See see_no_machine(Context& context, const Uuid& id) {
    return see_thing(
        context, "remove compute " + id, [id](state::Inventory& inventory) { inventory.reread_machine(id); },
        is_gone(&state::Snapshot::machines, id));
}

See see_volume(Context& context, const Uuid& id, std::string asked, std::uint64_t least_bytes) {
    return see_thing(
        context, std::move(asked), [id](state::Inventory& inventory) { inventory.reread_volume(id); },
        [id, least_bytes](const state::Snapshot& seen) -> std::optional<std::string> {
            const auto* volume = state::find(seen.volumes, id);
            if (!volume) return "it is not there";
            if (volume->bytes >= least_bytes) return std::nullopt;
            return fmt::format("it has {} bytes and not {}", volume->bytes, least_bytes);
        });
}

See see_no_volume(Context& context, const Uuid& id) {
    return see_thing(
        context, "remove volume " + id, [id](state::Inventory& inventory) { inventory.reread_volume(id); },
        is_gone(&state::Snapshot::volumes, id));
}

See see_network(Context& context, const Uuid& id, std::string asked, bool active) {
    return see_thing(
        context, std::move(asked), [id](state::Inventory& inventory) { inventory.reread_network(id); },
        [id, active](const state::Snapshot& seen) -> std::optional<std::string> {
            const auto* network = state::find(seen.networks, id);
            if (!network) return "it is not there";
            if (network->active && !network->trouble.empty()) return network->trouble;
            if (network->active == active) return std::nullopt;
            return network->active ? "it is active" : "it is not active";
        });
}

See see_no_network(Context& context, const Uuid& id) {
    return see_thing(
        context, "remove network " + id, [id](state::Inventory& inventory) { inventory.reread_network(id); },
        is_gone(&state::Snapshot::networks, id));
}

} // namespace service
