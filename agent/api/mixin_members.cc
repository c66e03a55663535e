// POST, PUT and DELETE at the location of a mixin: which entities have it (GFD.223, 11.3).
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/handlers.hh"
#include "agent/api/members.hh"
#include "agent/api/query.hh"
#include "agent/api/vocabulary.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <set>

namespace api {
namespace {

// Error{invalid}: it is no URL of an entity; Error{not_found}: there is no such entity.
Uuid id_at(const Services& services, const std::string& path, const auth::Principal& who) {
    const auto slash = path.rfind('/') + 1;
    const auto* kind = services.model.kind_at(path.substr(0, slash));
    if (!kind || slash == path.size())
        throw Error(Fault::invalid, "\"" + text::printable(path) + "\" is no URL of an entity");
    auto id = path.substr(slash);
    show(services, *kind, id, who);
    return id;
}

std::set<Uuid> ids_at(const std::vector<std::string>& paths, const Call& call) {
    std::set<Uuid> ids;
    for (const auto& path : std::set(paths.begin(), paths.end()))
        ids.insert(id_at(call.services, path, call.who));
    return ids;
}

// What is sent and names nothing is a list that was not understood, unless it is one that is empty.
std::vector<std::string> named_entities(const Call& call) {
    auto paths = locations_in(call.request, vocabulary(call));
    const bool replaces = call.request.method == http::Method::put;
    const bool is_list = text::trim(call.request.body).starts_with('{') && replaces;
    if (paths.empty() && !is_list && (replaces || !text::trim(call.request.body).empty()))
        throw Error(Fault::invalid, "no entity is named: X-OCCI-Location is needed");
    return paths;
}

// Of all that the headers admit.
std::set<Uuid> ids_of_members(const Call& call, const occi::MixinRef& mixin, const Filter& filter) {
    std::set<Uuid> ids;
    for (const auto& member : members_of(call, {nullptr, mixin}, filter))
        ids.insert(render::entity_in(member).id);
    return ids;
}

} // namespace

http::Response give_mixin(const Call& call) {
    if (word_in(call.request.query, "action")) return invoke_on_all(call);
    const auto mixin = place_of(call).mixin;
    const auto paths = locations_in(call.request, vocabulary(call));
    if (paths.empty()) throw Error(Fault::invalid, "no entity is named: X-OCCI-Location is needed");
    call.services.mixins.give(*mixin, ids_at(paths, call), call.who);
    return list_entities(call);
}

http::Response replace_members(const Call& call) {
    const auto mixin = place_of(call).mixin;
    const auto paths = named_entities(call);
    call.services.mixins.give_to_these_only(*mixin, ids_at(paths, call), call.who);
    return list_entities(call);
}

// Without a list, from all that have it and that the headers admit.
http::Response take_mixin(const Call& call) {
    auto& mixins = call.services.mixins;
    const auto mixin = place_of(call).mixin;
    const auto paths = named_entities(call);
    const Filter filter(call.request, vocabulary(call));
    if (!paths.empty() && !filter.is_none())
        throw Error(Fault::invalid, "entities are named one by one and by Category or X-OCCI-Attribute");
    if (paths.empty() && filter.is_none())
        mixins.give_to_these_only(*mixin, {}, call.who);
    else
        mixins.take(*mixin, paths.empty() ? ids_of_members(call, mixin, filter) : ids_at(paths, call),
                    call.who);
    return list_entities(call);
}

} // namespace api
