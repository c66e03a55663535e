#include "agent/service/links.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/service/compute_view.hh"

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
    const auto seen = look(node_);
    std::vector<std::string> all;
    for (const auto& compute : computes_.list(who)) {
        const auto held = held_spec(*seen, compute);
        if (!held.spec) continue; // it has come since
        const auto ids = ids_of(kind, compute, *held.spec, node_.model.known());
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
        const auto& known = node_.model.known();
        for (const auto* kind : {known.storagelink, known.networkinterface})
            for (auto& id : ids_of(*kind, compute, *held_spec(*seen, compute).spec, known))
                owners->emplace(std::move(id), compute);
    };
    for (const auto& [id, machine] : seen->machines) add(id);
    for (const auto& [id, record] : seen->compute_records) add(id);
    found_.with([&](Found& found) { found = {seen, owners}; });
    return owners;
}

occi::Link Links::show(const occi::Kind& kind, const Uuid& id, const auth::Principal& who) const {
    const auto seen = look(node_);
    const auto owners = owners_in(seen);
    const auto owner = owners->find(id);
    if (owner != owners->end() && who.may_use(held_spec(*seen, owner->second).spec->owner)) {
        const auto compute = view_compute(*seen, owner->second, node_.model);
        for (const auto& link : compute->links)
            if (link.kind == &kind && link.id == id) return link;
    }
    throw Error(Fault::not_found, "there is no " + kind.id.term + " " + text::printable(id));
}

} // namespace service
