#include "agent/service/change_kind.hh"

#include <utility>

namespace service {

state::OperationKind change_kind(Node& node, std::string name,
                                 std::function<std::vector<state::Step>(const state::Operation&)> steps,
                                 void (state::Inventory::*reread)(const Uuid&)) {
    state::OperationKind made;
    made.name = std::move(name);
    made.work = [&node, steps = std::move(steps), reread](const state::Operation& operation) {
        state::Work work;
        work.steps = steps(operation);
        work.ended = [&node, reread](const state::Operation& ended) {
            (node.inventory.*reread)(ended.target);
            node.inventory.set_trouble(ended.target, ended.stage == state::Stage::failed
                                                         ? ended.kind + ": " + ended.message
                                                         : std::string());
        };
        return work;
    };
    return made;
}

} // namespace service
