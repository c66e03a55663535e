#include "agent/service/compute/machine_work.hh"

#include "agent/base/error.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/effect.hh"
#include "agent/service/plans.hh"

#include <optional>

namespace service {
namespace {

hv::Machine find_machine(Context& context, const Uuid& id) {
    if (auto machine = context.host.compute().find(id)) return std::move(*machine);
    throw Error(Fault::not_found, "there is no compute " + id);
}

} // namespace

state::Work update_work(Context& context, const state::Operation& operation) {
    const auto wish = plan_of<Wish>(operation);
    const auto id = operation.target;
    state::Work work;
    work.steps.push_back({"change", [&context, id, wish](state::Task&) {
                              context.host.compute().revise(id,
                                                            fulfilled(wish, find_machine(context, id).spec));
                              context.inventory.reread_machine(id);
                          }});
    work.steps.back().see =
        see_machine(context, id, "change compute " + id, [wish](const hv::Machine& machine) {
            return fulfilled(wish, machine.spec) == machine.spec
                       ? std::nullopt
                       : std::optional<std::string>("it is as it was");
        });
    if (!wish.disk) return work;
    work.steps.push_back({"grow the first disk", [&context, id, wish](state::Task&) {
                              const auto machine = find_machine(context, id);
                              const auto* disk = disk_to_grow(wish, machine.spec);
                              if (!disk) return;
                              context.host.compute().grow(id, disk->volume, *wish.disk);
                              context.inventory.reread_volume(disk->volume);
                              context.inventory.reread_machine(id);
                          }});
    work.steps.back().see =
        see_machine(context, id, "grow the first disk of compute " + id, [wish](const hv::Machine& machine) {
            const auto* disk = disk_to_grow(wish, machine.spec);
            return disk ? std::optional("it has " + std::to_string(disk->bytes) + " bytes") : std::nullopt;
        });
    return work;
}

} // namespace service
