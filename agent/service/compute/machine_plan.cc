#include "agent/service/compute/machine_plan.hh"

#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/core_limit.hh"
#include "agent/service/compute/device_change.hh"
#include "agent/service/compute/disk_plan.hh"
#include "agent/service/compute/nic_plan.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/units.hh"

#include <algorithm>

namespace service {
namespace {

namespace name = occi::name;

// GFD.224, 3.5 lets a client name no template: then the sizes that it leaves out are those of this one.
constexpr auto default_type = "small";

void size_up(hv::MachineSpec& spec, const Wish& wish, const occi::Model& model) {
    if (!wish.cores || !wish.memory) {
        const auto* type = model.resource_template(default_type);
        if (!type)
            throw Error(Fault::invalid,
                        "no instance type is named, and this agent has no type small: name one, or "
                        "processors and memory");
        auto usual = wish_for(*type);
        if (wish.sizes_are_own) usual.notes.clear(); // its size only
        spec = fulfilled(usual, std::move(spec));
    }
    spec = fulfilled(wish, std::move(spec));
}

// How large the disk that boots is to be, at least.
std::uint64_t least_disk(const Wish& wish, const hv::MachineSpec& spec, const occi::Model& model) {
    if (wish.disk) return *wish.disk;
    const auto type = spec.notes.find(note::type);
    const auto* used = type == spec.notes.end() ? nullptr : model.resource_template(type->second);
    return used ? wish_for(*used).disk.value_or(0) : 0;
}

} // namespace

PlannedMachine plan_machine(Context& context, const Networks& networks, const occi::Resource& wanted,
                            bool with_default_network, const auth::Principal& who) {
    hv::MachineSpec spec;
    spec.owner = who.name;
    spec.group = who.group;
    const auto asked = wish_of(wanted, context.model);
    size_up(spec, asked, context.model);
    refuse_too_many_cores(context, spec);
    const auto& known = context.model.known();

    std::vector<occi::Link> disks, nics;
    for (const auto& link : wanted.links) {
        if (link.kind == known.storagelink) disks.push_back(link);
        if (link.kind == known.networkinterface) nics.push_back(link);
    }
    spec.disks = plan_disks(disks, known);
    const auto least = least_disk(asked, spec, context.model);

    const auto users = ask_users(context, storages_of(spec.disks));
    auto claim = context.claims.claim([&](const Claimed& others) {
        const auto seen = look(context);
        check_disks(spec.disks, *seen, others, users, who);
        if (!spec.disks.empty() && spec.disks.front().content == hv::Content::image)
            spec.disks.front().bytes = std::max(spec.disks.front().bytes, least);
        NicPlanner planner(context, *seen, others, who);
        spec.nics = planner.plan(nics);
        if (with_default_network)
            if (const auto network = networks.default_network())
                spec.nics.push_back(planner.plan_default(*network));
        return chosen_in(spec);
    });
    return {std::move(spec), std::move(claim)};
}

} // namespace service
