#include "agent/service/change_kind.hh"

#include "agent/service/unmade.hh"

#include <utility>

namespace service {

// A driver begins its sentences with what was tried, which may be the very words.
std::string trouble_of(const state::Operation& ended) {
    if (ended.stage != state::Stage::failed) return {};
    return ended.message.starts_with(ended.kind + " ") ? ended.message : ended.kind + ": " + ended.message;
}

state::OperationKind change_kind(Context& context, KindOfOperation kind,
                                 std::function<std::vector<state::Step>(const state::Operation&)> steps,
                                 void (state::Inventory::*reread)(const Uuid&)) {
    return serve(kind, [&context, steps = std::move(steps), reread](const state::Operation& operation) {
        state::Work work;
        work.steps = steps(operation);
        work = unless_unmade(context, operation.target, std::move(work));
        work.ended = [&context, reread](const state::Operation& ended) {
            (context.inventory.*reread)(ended.target);
            context.inventory.set_trouble(ended.target, trouble_of(ended));
        };
        return work;
    });
}

} // namespace service
