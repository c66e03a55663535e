#include "agent/api/members.hh"

#include "agent/api/entities.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

namespace api {
namespace {

void require_some(const std::vector<render::AnyEntity>& members, const Filter& filter,
                  const std::string& path) {
    if (members.empty() && !filter.is_none())
        throw Error(Fault::not_found,
                    "nothing at " + text::printable(path) +
                        " is what Category and X-OCCI-Attribute ask for, so nothing was done");
}

} // namespace

std::vector<render::AnyEntity> members_of(const Call& call, const Place& place, const Filter& filter) {
    const auto& services = call.services;
    std::vector<render::AnyEntity> members;
    for (const auto* kind : kinds_of_entities(services.model)) {
        if ((place.kind && place.kind != kind) || !filter.admits(*kind)) continue;
        for (const auto& id : ids_of(services, *kind, call.who)) {
            auto entity = find(services, *kind, id, call.who); // it may go meanwhile
            if (entity && (!place.mixin || render::entity_in(*entity).has(*place.mixin)) &&
                filter.admits(*entity))
                members.push_back(std::move(*entity));
        }
    }
    require_some(members, filter, call.request.path);
    return members;
}

} // namespace api
