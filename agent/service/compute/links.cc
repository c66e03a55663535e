#include "agent/service/compute/links.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/compute_view.hh"
#include "agent/service/compute/device_change.hh"
#include "agent/service/compute/link_ends.hh"
#include "agent/service/plans.hh"

#include <algorithm>

namespace service {
namespace {

std::vector<Uuid> ids_of(const occi::Kind& kind, const Uuid& compute, const hv::MachineSpec& spec,
                         const occi::Model::Known& known) {
    std::vector<Uuid> ids;
    const auto add = [&](const auto& device) { ids.push_back(link_id(compute, device)); };
    if (&kind == known.storagelink) std::ranges::for_each(spec.disks, add);
    if (&kind == known.networkinterface) std::ranges::for_each(spec.nics, add);
    return ids;
}

} // namespace

std::vector<std::string> Links::list(const occi::Kind& kind, const auth::Principal& who) const {
    const auto seen = look(context_);
    std::vector<std::string> all;
    for (const auto& compute : computes_.list(who)) {
        const auto held = held_spec(*seen, compute);
        if (!held.spec) continue; // it has come since
        const auto ids = ids_of(kind, compute, *held.spec, context_.model.known());
        all.insert(all.end(), ids.begin(), ids.end());
    }
    return all;
}

std::shared_ptr<const Links::Owners>
Links::owners_in(const std::shared_ptr<const state::Snapshot>& seen) const {
    auto earlier =
        found_.with([&](const Found& found) { return found.in.lock() == seen ? found.owners : nullptr; });
    if (earlier) return earlier;
    auto owners = std::make_shared<Owners>();
    const auto add = [&](const Uuid& compute) {
        const auto& known = context_.model.known();
        for (const auto* kind : {known.storagelink, known.networkinterface})
            for (auto& id : ids_of(*kind, compute, *held_spec(*seen, compute).spec, known))
                owners->emplace(std::move(id), compute);
    };
    for (const auto& [id, machine] : seen->machines) add(id);
    for (const auto& [id, record] : seen->compute_records) add(id);
    found_.with([&](Found& found) { found = {seen, owners}; });
    return owners;
}

Uuid Links::compute_of(const occi::Kind& kind, const Uuid& id, const auth::Principal& who) const {
    const auto seen = look(context_);
    const auto owners = owners_in(seen);
    const auto owner = owners->find(id);
    if (owner == owners->end() || !who.may_see(state::whose(*held_spec(*seen, owner->second).spec)))
        throw Error(Fault::not_found, "there is no " + kind.id.term + " " + text::printable(id));
    return owner->second;
}

occi::Link Links::show(const occi::Kind& kind, const Uuid& id, const auth::Principal& who) const {
    const auto compute = view_compute(*look(context_), compute_of(kind, id, who), context_.model);
    if (compute)
        for (const auto& link : compute->links)
            if (link.kind == &kind && link.id == id) return link;
    throw Error(Fault::not_found, "there is no " + kind.id.term + " " + text::printable(id));
}

// ---- changes -------------------------------------------------------------------------------------------------------

Uuid Links::source_of(const occi::Link& wanted, const auth::Principal& who) const {
    const auto& known = context_.model.known();
    if (wanted.kind != known.storagelink && wanted.kind != known.networkinterface)
        throw Error(Fault::invalid, "a link is a storagelink or a networkinterface");
    const auto compute = end_at(wanted.source, *known.compute);
    const auto& term = wanted.kind->id.term;
    if (compute.empty())
        throw Error(Fault::invalid, "a " + term + " needs occi.core.source, the compute that it begins at");
    if (wanted.target.empty() && !wanted.has(*known.ephemeral_disk))
        throw Error(Fault::invalid, "a " + term + " needs occi.core.target, what it leads to");
    try {
        computes_.show(compute, who);
    } catch (const Error& failure) {
        if (failure.fault() != Fault::not_found) throw;
        throw Error(Fault::invalid, failure.what()); // the link is what is asked for, and its source is wrong
    }
    return compute;
}

Links::Planned Links::plan_one(const occi::Link& wanted, const auth::Principal& who) const {
    const auto compute = source_of(wanted, who);
    return {compute, computes_.plan_link(compute, wanted, who)};
}

Made Links::create(const occi::Link& wanted, const Terms& terms) {
    return create(plan_one(wanted, terms.who), terms);
}

std::vector<Links::Planned> Links::plan(const std::vector<occi::Link>& wanted,
                                        const auth::Principal& who) const {
    std::vector<Planned> planned;
    for (const auto& link : wanted) planned.push_back(plan_one(link, who));
    return planned;
}

Made Links::create(const Planned& planned, const Terms& terms) {
    return computes_.attach(planned.compute, planned.change, terms);
}

std::optional<state::Operation> Links::update(const Uuid& id, const occi::Resource& wanted,
                                              const Terms& terms) {
    const auto& kind = *wanted.kind;
    const auto title = wanted.string(occi::name::title);
    if (!title || wanted.attributes.size() > 1 || !wanted.mixins.empty())
        throw Error(Fault::conflict,
                    "a " + kind.id.term +
                        " stays what it is, but for its title: remove it, and make another one");
    return computes_.entitle(compute_of(kind, id, terms.who), kind, id, *title, terms);
}

bool Links::may_remove(const occi::Kind& kind, const Uuid& id, const auth::Principal& who) const {
    return computes_.may_detach(compute_of(kind, id, who), kind, id, who);
}

state::Operation Links::remove(const occi::Kind& kind, const Uuid& id, const Terms& terms) {
    return computes_.detach(compute_of(kind, id, terms.who), kind, id, terms);
}

Uuid Links::made_by(const state::Operation& operation) {
    if (!changes_devices(operation)) return {};
    return link_made_by(operation.target, plan_of<DeviceChange>(operation));
}

} // namespace service
