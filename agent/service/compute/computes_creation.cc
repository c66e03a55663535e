#include "agent/service/compute/computes.hh"

#include "agent/base/error.hh"
#include "agent/service/compute/compute_record.hh"
#include "agent/service/compute/compute_view.hh"
#include "agent/service/compute/machine_plan.hh"
#include "agent/service/compute/machine_work.hh"
#include "agent/service/storage/os_templates.hh"
#include "agent/service/storage/room.hh"
#include "agent/service/submit.hh"

#include <utility>

namespace service {

Made Computes::create(const occi::Resource& wanted, bool with_default_network, const Terms& terms,
                      const Uuid& wanted_id) {
    look_connected(context_);
    const auto id = wanted_id.empty() ? new_uuid() : wanted_id;
    // Two may choose the same id at the same moment; and a removal that was asked for twice comes a second time.
    const auto claim = context_.claims.claim([&](const Claimed& others) {
        if (others.used.contains(id) || held_spec(*look(context_), id).spec ||
            context_.operations.is_awaited(id))
            throw Error(Fault::precondition, "there is a compute " + id + " already");
        Claimed mine;
        mine.used.insert(id);
        return mine;
    });
    auto plan = plan_machine(context_, networks_,
                             with_disk_of_template(wanted, *look(context_), context_.model, terms.who),
                             with_default_network, terms.who);
    state::ComputeRecord record{id, std::move(plan.spec), state::Phase::coming, ""};
    check_room(context_, record.spec.disks);
    record.secrets = take_secrets(record.spec);
    if (record.spec.title.empty()) record.spec.title = "compute-" + id.substr(0, 8);
    bool is_shown = false;
    const auto show = [&] { // a removal of what is shown comes behind this operation
        context_.inventory.put(record);
        is_shown = true;
    };
    try {
        return {id, submit(context_, KindOfOperation::create_compute, id, terms, record.spec, show)};
    } catch (...) {
        if (is_shown) context_.inventory.drop_compute(id);
        throw;
    }
}

void Computes::ended_creation(const state::Operation& operation) {
    // One that is done was read after its start.
    if (operation.stage != state::Stage::done ||
        !context_.inventory.now()->machines.contains(operation.target))
        context_.inventory.reread_machine(operation.target);
    context_.inventory.in_turn([&] { record_creation(operation); });
}

// Called in a turn of the store.
void Computes::record_creation(const state::Operation& operation) {
    const auto& id = operation.target;
    const auto seen = context_.inventory.now();
    const auto* record = state::find(seen->compute_records, id);
    if (!record || record->phase == state::Phase::leaving) return; // its removal comes next
    if (operation.stage == state::Stage::failed) {
        auto failed = *record;
        failed.phase = state::Phase::failed;
        failed.message = operation.message;
        return context_.inventory.put(failed);
    }
    if (operation.stage == state::Stage::cancelled) return context_.inventory.drop_compute(id);
    auto made = *record;
    made.phase = state::Phase::ready;
    made.spec.notes[note::operation] = operation.id;
    made.spec.notes[note::place] = std::to_string(made.place);
    if (!operation.key.empty()) made.spec.notes[note::key] = operation.key;
    if (const auto* machine = state::find(seen->machines, id)) fill_in(made.spec, machine->spec);
    context_.inventory.put(made);
}

} // namespace service
