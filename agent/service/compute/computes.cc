#include "agent/service/compute/computes.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/compute_view.hh"
#include "agent/service/compute/lifecycle.hh"
#include "agent/service/compute/machine_work.hh"
#include "agent/service/foreign.hh"
#include "agent/service/operation_kinds.hh"
#include "agent/service/ownership.hh"
#include "agent/service/sequence.hh"
#include "agent/service/storage/os_templates.hh"
#include "agent/service/unmade.hh"

#include <utility>

namespace service {

namespace {

// Of an image that was shared once, nobody else need know what it is called.
void hide_template(const state::Snapshot& seen, const hv::MachineSpec& spec, const occi::Model& model,
                   const auth::Principal& who, occi::Resource& shown) {
    if (spec.disks.empty()) return;
    const auto* image = state::find(seen.storage_records, spec.disks.front().origin);
    const auto mixin = os_template_of(seen, spec.disks.front().origin, model);
    if (mixin && image && !who.may_see(state::whose(*image)))
        std::erase_if(shown.mixins, [&](const auto& each) { return each->id == mixin->id; });
}

} // namespace

std::vector<std::string> Computes::list(const auth::Principal& who) const {
    const auto seen = look(context_);
    Sequence all(seen->machines.size() + seen->compute_records.size());
    for (const auto& [id, record] : seen->compute_records)
        if (who.may_see(state::whose(*record))) all.add(id, record->place);
    for (const auto& [id, machine] : seen->machines)
        if (who.may_see(state::whose(machine->spec)) && !seen->compute_records.contains(id))
            all.add_of_others(id);
    return all.ids();
}

occi::Resource Computes::show(const Uuid& id, const auth::Principal& who) const {
    const auto seen = look(context_);
    const auto held = held_spec(*seen, id);
    if (!held.spec || !who.may_see(state::whose(*held.spec)))
        throw Error(Fault::not_found, "there is no compute " + text::printable(id));
    auto shown = *view_compute(*seen, id, context_.model);
    if (!who.may_change(state::whose(*held.spec))) shown.actions.clear();
    hide_template(*seen, *held.spec, context_.model, who, shown);
    const auto* record = state::find(seen->compute_records, id);
    if (!record || held.spec->owner != who.name) return shown;
    show_context(record->secrets, context_.model.known(), shown);
    if (const auto lost = lost_secrets(*held.spec, record->secrets);
        !lost.empty() && record->phase == state::Phase::ready) {
        const auto before = shown.string(occi::name::compute_message).value_or("");
        shown.attributes[occi::name::compute_message] = before.empty() ? lost : before + "; " + lost;
        shown.attributes.try_emplace(occi::name::trouble, lost); // the draft shows a message with it
    }
    return shown;
}

namespace {

// What its making leads to. Of what is chosen for it nothing changes any more, so that a change of it can be worked out
// from its record; the states that its machine goes through meanwhile say nothing.
hv::Machine machine_to_be(const state::ComputeRecord& record) {
    hv::Machine machine;
    machine.id = record.id;
    machine.ours = true;
    machine.spec = record.spec;
    machine.state = hv::MachineState::running;
    return machine;
}

} // namespace

void Computes::require_own(const state::Snapshot& seen, const Uuid& id, const auth::Principal& who) {
    if (const auto held = held_spec(seen, id); held.spec)
        require_change(who, state::whose(*held.spec), "compute", id);
}

hv::Machine Computes::changeable_machine(const Uuid& id, const auth::Principal& who) const {
    show(id, who);                              // not_found
    const auto seen = look_connected(context_); // what is done hours later is not what was asked for
    require_own(*seen, id, who);
    if (const auto* record = state::record_alone(*seen, id)) {
        using enum state::Phase;
        if (record->phase == ready)
            throw Error(Fault::conflict, "compute " + id + " was " + state::undefined_by_others +
                                             " and can only be started or deleted");
        if (record->phase == coming) return machine_to_be(*record);
        if (record->phase == failed)
            throw Error(Fault::conflict, "compute " + id + " failed and can only be deleted");
        throw Error(Fault::conflict, "compute " + id + " is being deleted");
    }
    const auto* machine = state::find(seen->machines, id);
    if (!machine) throw Error(Fault::not_found, "there is no compute " + id);
    if (!machine->ours) refuse_foreign(context_, *seen, "compute", id);
    return *machine;
}

hv::Machine Computes::reacting_machine(const Uuid& id, const auth::Principal& who) const {
    auto machine = changeable_machine(id, who);
    if (!machine.stuck.empty())
        throw Error(Fault::busy, "compute " + id + " does not react: " + machine.stuck);
    return machine;
}

std::vector<state::OperationKind> Computes::kinds() {
    using state::Operation, state::Work;
    using enum KindOfOperation;
    using Ended = std::function<void(const Operation&)>;
    const Ended changed = [this](const Operation& operation) { ended_change(operation); };
    auto kinds = lifecycle_kinds(context_, changed);
    const auto add = [&](KindOfOperation kind, Work (*work_of)(Context&, const Operation&), Ended ended) {
        kinds.push_back(
            serve(kind, [this, kind, work_of, ended = std::move(ended)](const Operation& operation) {
                auto work = work_of(context_, operation);
                if (row_of(kind).verb == Verb::change)
                    work = unless_unmade(context_, operation.target, std::move(work));
                work.ended = ended;
                return work;
            }));
    };
    add(create_compute, creation_work, [this](const Operation& operation) { ended_creation(operation); });
    add(delete_compute, removal_work, [this](const Operation& operation) { ended_removal(operation); });
    add(define_compute_again, return_work, changed);
    add(update_compute, update_work, changed);
    for (const auto kind : {change_disks, change_nics})
        kinds.push_back(serve(kind, [this](const Operation& operation) { return device_change(operation); }));
    return kinds;
}

} // namespace service
