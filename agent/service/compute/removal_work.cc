#include "agent/service/compute/machine_work.hh"

#include "agent/base/error.hh"
#include "agent/service/compute/provision.hh"
#include "agent/service/effect.hh"
#include "agent/service/plans.hh"

namespace service {

void undefine(Context& context, const Uuid& id) {
    auto& compute = context.host.compute();
    unless_gone([&] { compute.power_off(id); });
    const auto machine = compute.find(id);
    if (machine &&
        (machine->state == hv::MachineState::running || machine->state == hv::MachineState::paused ||
         machine->state == hv::MachineState::unknown))
        throw Error(Fault::busy, "compute " + id + " is not proven to be off");
    unless_gone([&] { compute.remove(id); });
    context.inventory.reread_machine(id);
}

state::Work removal_work(Context& context, const state::Operation& operation) {
    const auto spec = plan_of<hv::MachineSpec>(operation);
    const auto id = operation.target;
    state::Work work;
    work.steps.push_back({"stop",
                          [&context, id](state::Task& task) {
                              // Off at once: what was overtaken may need that to come to its end.
                              do unless_gone([&] { context.host.compute().power_off(id); });
                              while (task.wait_for_passed());
                          },
                          {},
                          true});
    work.steps.push_back({"undefine", [&context, id](state::Task&) { undefine(context, id); }});
    work.steps.back().see = see_no_machine(context, id);
    work.steps.push_back({"remove disks", [&context, id, spec](state::Task&) {
                              remove_volumes(context, id, known_spec(context, id, spec));
                          }});
    work.steps.push_back({"release addresses", [&context, id, spec](state::Task&) {
                              for (const auto& nic : known_spec(context, id, spec).nics)
                                  if (nic.address) release(context, nic);
                          }});
    return work;
}

} // namespace service
