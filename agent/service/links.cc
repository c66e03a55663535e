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

occi::Link Links::show(const occi::Kind& kind, const Uuid& id, const auth::Principal& who) const {
    const auto seen = look(node_);
    for (const auto& compute : computes_.list(who)) {
        const auto held = held_spec(*seen, compute);
        if (!held.spec) continue;
        const auto ids = ids_of(kind, compute, *held.spec, node_.model.known());
        if (std::ranges::find(ids, id) == ids.end()) continue;
        const auto shown = view_compute(*seen, compute, node_.model);
        for (const auto& link : shown->links)
            if (link.kind == &kind && link.id == id) return link;
    }
    throw Error(Fault::not_found, "there is no " + kind.id.term + " " + text::printable(id));
}

} // namespace service
