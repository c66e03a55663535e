#include "agent/service/compute/machine_work.hh"

#include "agent/service/compute/contextualization.hh"
#include "agent/service/compute/disk_plan.hh"
#include "agent/service/compute/machine_start.hh"
#include "agent/service/compute/provision.hh"
#include "agent/service/plans.hh"
#include "agent/service/storage/overlays.hh"

namespace service {
namespace {

bool was_made_by(const hv::Machine& machine, const std::string& operation) {
    const auto note = machine.spec.notes.find(note::operation);
    return note != machine.spec.notes.end() && note->second == operation;
}

void define(Context& context, const Uuid& id, hv::MachineSpec spec, const std::string& operation) {
    const auto there = context.host.compute().find(id);
    if (there && was_made_by(*there, operation)) return;
    for (auto& disk : spec.disks) {
        if (disk.content == hv::Content::storage)
            refuse_left_overlays(context, disk.volume); // it would be spoilt
        find_layers(context, disk);
    }
    const auto seen = context.inventory.now();
    if (const auto* record = state::find(seen->compute_records, id))
        spec.notes[note::place] = std::to_string(record->place);
    context.host.compute().define(id, spec);
}

} // namespace

state::Work creation_work(Context& context, const state::Operation& operation) {
    auto spec = plan_of<hv::MachineSpec>(operation);
    take_secrets(spec); // of a plan that an earlier release has made
    spec.notes[note::operation] = operation.id;
    if (!operation.key.empty()) spec.notes[note::key] = operation.key;
    const auto id = operation.target;

    state::Work work;
    const auto storages = storages_of(spec.disks);
    work.after.assign(storages.begin(), storages.end());
    for (const auto& nic : spec.nics) work.after.push_back(nic.network); // which may still be being made
    for (const auto& disk : spec.disks) work.steps.push_back(making_of(context, disk));
    for (const auto& nic : spec.nics)
        if (nic.address)
            work.steps.push_back({"reserve " + nic.address->text(),
                                  [&context, nic](state::Task&) { reserve(context, nic); },
                                  [&context, nic](state::Task&) { release(context, nic); }});
    work.steps.push_back(
        {"define",
         [&context, id, spec](state::Task& task) { define(context, id, spec, task.operation().id); },
         [&context, id](state::Task& task) {
             const auto there = context.host.compute().find(id);
             if (there && was_made_by(*there, task.operation().id)) undefine(context, id);
         }});
    work.steps.push_back(starting_of(context, id));
    return work;
}

// ---- a machine that others have undefined ---------------------------------------------------------------------------

// Its addresses are reserved still, unless somebody has taken that away too.
state::Work return_work(Context& context, const state::Operation& operation) {
    const auto id = operation.target;
    state::Work work;
    work.steps.push_back({"define", [&context, id](state::Task&) {
                              if (context.host.compute().find(id)) return;
                              const auto seen = context.inventory.now();
                              const auto* record = state::find(seen->compute_records, id);
                              if (!record) throw Error(Fault::not_found, "there is no compute " + id);
                              auto spec = record->spec;
                              const auto whereabouts = context.inventory.whereabouts_of_undefined(id);
                              for (auto& disk : spec.disks) {
                                  refuse_in_other_hands(context, id, disk);
                                  find_layers(context, disk);
                                  put_overlays_back(context, disk, whereabouts);
                              }
                              for (const auto& nic : spec.nics)
                                  if (nic.address) reserve(context, nic);
                              context.host.compute().define(id, spec);
                              context.inventory.reread_machine(id);
                          }});
    work.steps.push_back(starting_of(context, id));
    return work;
}

} // namespace service
