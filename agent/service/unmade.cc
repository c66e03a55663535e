#include "agent/service/unmade.hh"

#include "agent/base/error.hh"

#include <utility>

namespace service {
namespace {

template <class Record> void refuse(const state::Table<Record>& records, const char* thing, const Uuid& id) {
    const auto* record = state::find(records, id);
    if (record && record->phase == state::Phase::failed)
        throw Error(Fault::conflict,
                    std::string(thing) + " " + id + " could not be made: " + record->message);
}

} // namespace

void refuse_unmade(const Context& context, const Uuid& id) {
    const auto seen = context.inventory.now();
    refuse(seen->compute_records, "compute", id);
    refuse(seen->storage_records, "storage", id);
}

state::Work unless_unmade(const Context& context, const Uuid& id, state::Work work) {
    if (work.steps.empty()) return work;
    auto& run = work.steps.front().run;
    run = [&context, id, run = std::move(run)](state::Task& task) {
        refuse_unmade(context, id);
        run(task);
    };
    return work;
}

} // namespace service
