#include "agent/service/change_kind.hh"

#include <utility>

namespace service {

state::OperationKind change_kind(Context& context, KindOfOperation kind,
                                 std::function<std::vector<state::Step>(const state::Operation&)> steps,
                                 void (state::Inventory::*reread)(const Uuid&)) {
    return serve(kind, [&context, steps = std::move(steps), reread](const state::Operation& operation) {
        state::Work work;
        work.steps = steps(operation);
        work.ended = [&context, reread](const state::Operation& ended) {
            (context.inventory.*reread)(ended.target);
            context.inventory.set_trouble(ended.target, ended.stage == state::Stage::failed
                                                            ? ended.kind + ": " + ended.message
                                                            : std::string());
        };
        return work;
    });
}

} // namespace service
