#include "agent/service/compute/device_plan.hh"

#include "agent/base/error.hh"
#include "agent/service/compute/disk_plan.hh"
#include "agent/service/compute/nic_plan.hh"

#include <algorithm>
#include <set>

namespace service {
namespace {

// Of what it has, and of what it is about to get.
std::set<std::string> targets_of(const hv::Machine& machine, const Claimed& others) {
    std::set<std::string> taken;
    for (const auto& disk : machine.spec.disks) taken.insert(disk.target);
    for (const auto& [id, target] : others.targets)
        if (id == machine.id) taken.insert(target);
    return taken;
}

// `nics`: links of those that it gets.
PlannedChange choose(Context& context, const hv::Machine& machine, DeviceChange change,
                     const std::vector<occi::Link>& nics, const auth::Principal& who) {
    const auto users = ask_users(context, storages_of(change.more.disks));
    auto claim = context.claims.claim([&](const Claimed& others) {
        const auto seen = look_connected(context);
        settle_targets(change.more.disks, targets_of(machine, others));
        check_disks(change.more.disks, *seen, others, users, who);
        if (!nics.empty()) change.more.nics = NicPlanner(context, *seen, others, who).plan(nics);
        return chosen_in(change.more, machine.id);
    });
    return {std::move(change), std::move(claim)};
}

} // namespace

void refuse_first(const hv::Machine& machine, const hv::Disk& disk, bool settled) {
    const auto& disks = machine.spec.disks;
    if (disks.empty() || disk.target != disks.front().target) return;
    if (disk.content != hv::Content::storage || disks.size() > 1)
        throw Error(Fault::forbidden, "the first disk of compute " + machine.id +
                                          " cannot be taken away: the machine boots from it");
    if (settled && machine.state != hv::MachineState::off)
        throw Error(Fault::conflict, "the only disk of compute " + machine.id +
                                         " cannot be taken away before it is off: the machine boots from it");
}

PlannedChange plan_disk_change(Context& context, const hv::Machine& machine,
                               const std::vector<occi::Link>& wanted, const auth::Principal& who) {
    DeviceChange change;
    auto& less = change.less.disks;
    less = machine.spec.disks;
    for (const auto& link : wanted) {
        auto disk = plan_disk(link, context.model.known());
        const auto there =
            std::ranges::find_if(less, [&](const hv::Disk& each) { return is_wanted(disk, each); });
        if (there != less.end())
            less.erase(there);
        else
            change.more.disks.push_back(std::move(disk));
    }
    const bool settled = !context.operations.is_awaited(machine.id);
    for (const auto& disk : less) refuse_first(machine, disk, settled);
    return choose(context, machine, std::move(change), {}, who);
}

PlannedChange plan_link(Context& context, const hv::Machine& machine, const occi::Link& wanted,
                        const auth::Principal& who) {
    const auto& known = context.model.known();
    DeviceChange change;
    std::vector<occi::Link> nics;
    if (wanted.kind == known.networkinterface)
        nics.push_back(wanted);
    else
        change.more.disks.push_back(plan_disk(wanted, known));
    return choose(context, machine, std::move(change), nics, who);
}

} // namespace service
