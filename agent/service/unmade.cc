#include "agent/service/unmade.hh"

#include "agent/base/error.hh"

#include <utility>

namespace service {
namespace {

// The failure says itself of what it was: "start compute ID: no room".
std::string reason_in(const std::string& message, const std::string& what) {
    const auto said = what + ": ";
    const auto at = message.find(said);
    return at == message.npos || message.find(':') < at ? message : message.substr(at + said.size());
}

template <class Record> void refuse(const state::Table<Record>& records, const char* thing, const Uuid& id) {
    const auto* record = state::find(records, id);
    if (!record || record->phase != state::Phase::failed) return;
    const auto what = std::string(thing) + " " + id;
    throw Error(Fault::conflict, what + " could not be made: " + reason_in(record->message, what));
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
