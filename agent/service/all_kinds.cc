#include "agent/service/all_kinds.hh"

#include "agent/service/operation_kinds.hh"

#include <utility>

namespace service {
namespace {

void take_mixins_with(state::OperationKind& removal, Mixins& mixins) {
    removal.work = [work = std::move(removal.work), &mixins](const state::Operation& operation) {
        auto made = work(operation);
        made.ended = [ended = std::move(made.ended), &mixins](const state::Operation& done) {
            if (done.stage == state::Stage::done) mixins.take_all(done.target);
            ended(done);
        };
        return made;
    };
}

bool is_removal(const state::OperationKind& kind) {
    const auto* row = find_kind(kind.name);
    return row && row->verb == Verb::remove;
}

} // namespace

std::vector<state::OperationKind> all_kinds(Computes& computes, Storages& storages, Networks& networks,
                                            Mixins& mixins) {
    auto kinds = computes.kinds();
    for (auto& more : {storages.kinds(), networks.kinds()})
        kinds.insert(kinds.end(), more.begin(), more.end());
    for (auto& kind : kinds)
        if (is_removal(kind)) take_mixins_with(kind, mixins);
    return kinds;
}

} // namespace service
