#include "agent/service/compute/computes.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/service/compute/compute_view.hh"
#include "agent/service/compute/device_change.hh"
#include "agent/service/compute/device_plan.hh"
#include "agent/service/compute/wish.hh"
#include "agent/service/storage/room.hh"
#include "agent/service/submit.hh"
#include "agent/service/unmade.hh"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

namespace service {

PlannedChange Computes::plan_disks(const Uuid& id, const std::vector<occi::Link>& wanted,
                                   const auth::Principal& who) const {
    auto planned = plan_disk_change(context_, reacting_machine(id, who), wanted, who);
    check_room(context_, planned.change.more.disks);
    return planned;
}

std::optional<state::Operation> Computes::change_disks(const Uuid& id, const PlannedChange& planned,
                                                       const Terms& terms) {
    if (planned.change.is_empty()) return std::nullopt;
    return submit_change(id, planned.change, terms);
}

state::Operation Computes::submit_change(const Uuid& id, const DeviceChange& change, const Terms& terms) {
    const bool of_disks = !change.more.disks.empty() || !change.less.disks.empty();
    using enum KindOfOperation;
    return submit(context_, of_disks ? change_disks : change_nics, id, terms, change);
}

PlannedChange Computes::plan_link(const Uuid& id, const occi::Link& wanted,
                                  const auth::Principal& who) const {
    auto planned = service::plan_link(context_, reacting_machine(id, who), wanted, who);
    check_room(context_, planned.change.more.disks);
    return planned;
}

Made Computes::attach(const Uuid& id, const PlannedChange& planned, const Terms& terms) {
    return {link_made_by(id, planned.change), submit_change(id, planned.change, terms)};
}

namespace {

// The disk or the NIC behind a link. Error{not_found}; Error{forbidden}: others have plugged it in.
Devices devices_of(const hv::Machine& machine, const occi::Kind& kind, const Uuid& link,
                   const occi::Model::Known& known) {
    const auto& id = machine.id;
    const auto is_it = [&](const auto& device) { return link_id(id, device) == link; };
    Devices found;
    if (&kind == known.storagelink)
        std::ranges::copy_if(machine.spec.disks, std::back_inserter(found.disks), is_it);
    else
        std::ranges::copy_if(machine.spec.nics, std::back_inserter(found.nics), is_it);
    if (found == Devices())
        throw Error(Fault::not_found, "there is no " + kind.id.term + " " + text::printable(link));
    for (const auto& disk : found.disks)
        if (disk.volume.empty())
            throw Error(Fault::forbidden, disk.target + " of compute " + id +
                                              " was not plugged in by this agent: it is only shown");
    return found;
}

// What is to be taken from the machine. Error{not_found, forbidden}
DeviceChange detachment(const hv::Machine& machine, const occi::Kind& kind, const Uuid& link,
                        const occi::Model::Known& known, bool settled) {
    DeviceChange change;
    change.less = devices_of(machine, kind, link, known);
    for (const auto& disk : change.less.disks) refuse_first(machine, disk, settled);
    return change;
}

} // namespace

bool Computes::may_detach(const Uuid& id, const occi::Kind& kind, const Uuid& link,
                          const auth::Principal& who) const {
    const auto seen = look(context_);
    const auto held = held_spec(*seen, id);
    if (!held.ours || !who.may_change(state::whose(*held.spec))) return false;
    detachment(reacting_machine(id, who), kind, link, context_.model.known(),
               !context_.operations.is_awaited(id));
    return true;
}

state::Operation Computes::detach(const Uuid& id, const occi::Kind& kind, const Uuid& link,
                                  const Terms& terms) {
    const auto machine = reacting_machine(id, terms.who);
    const bool settled = !context_.operations.is_awaited(id);
    return submit_change(id, detachment(machine, kind, link, context_.model.known(), settled), terms);
}

std::optional<state::Operation> Computes::entitle(const Uuid& id, const occi::Kind& kind, const Uuid& link,
                                                  const std::string& title, const Terms& terms) {
    const auto machine = reacting_machine(id, terms.who);
    const auto devices = devices_of(machine, kind, link, context_.model.known());
    Wish wish;
    for (const auto& disk : devices.disks) wish.device_titles[disk.volume] = title;
    for (const auto& nic : devices.nics) wish.device_titles[nic.mac] = title;
    if (!context_.operations.is_awaited(id) && fulfilled(wish, machine.spec) == machine.spec)
        return std::nullopt;
    return submit(context_, KindOfOperation::update_compute, id, terms, wish);
}

// Lets go of what it has chosen when all of it is shown: the plan is in no snapshot until then.
state::Work Computes::device_change(const state::Operation& operation) {
    auto work = unless_unmade(context_, operation.target, device_change_work(context_, operation));
    auto claim = std::make_shared<std::optional<Claims::Claim>>(context_.claims.claim(
        [&](const Claimed&) { return chosen_in(plan_of<DeviceChange>(operation).more, operation.target); }));
    work.ended = [this, claim](const state::Operation& ended) {
        ended_change(ended);
        claim->reset();
    };
    return work;
}

} // namespace service
