// What is done to many entities at once: those of a kind, or those that have a mixin (GFD.223, 11).
#include "agent/api/api.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/query.hh"
#include "agent/api/waiting.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <chrono>

namespace api {
namespace {

constexpr auto patience_for_removals = std::chrono::seconds(15);

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

std::set<Uuid> ids_in(const Services& services, const std::vector<std::string>& paths,
                      const auth::Principal& who) {
    std::set<Uuid> ids;
    for (const auto& path : paths) ids.insert(id_at(services, path, who));
    return ids;
}

// All that `who` has, of the kind, or of any kind with the mixin.
std::vector<render::AnyEntity> members_of(const Services& services, const occi::Kind* kind,
                                          const occi::MixinRef& mixin, const auth::Principal& who) {
    std::vector<render::AnyEntity> members;
    for (const auto* each : kinds_of_entities(services.model)) {
        if (kind && kind != each) continue;
        for (const auto& id : ids_of(services, *each, who)) {
            auto entity = find(services, *each, id, who); // it may go meanwhile
            if (entity && (!mixin || render::entity_in(*entity).has(*mixin)))
                members.push_back(std::move(*entity));
        }
    }
    return members;
}

const occi::Action& action_for_all(const std::vector<render::AnyEntity>& members, const occi::Kind* kind,
                                   const std::string& term) {
    for (const auto& member : members) {
        const auto* each = render::entity_in(member).kind;
        if (kind && kind != each)
            throw Error(Fault::invalid, "not all members are of one kind, so no action is for all of them");
        kind = each;
    }
    const auto* found = kind ? action_of(*kind, term) : nullptr;
    if (!found)
        throw Error(Fault::invalid, kind ? "a " + kind->id.term + " has no action " + text::printable(term)
                                         : "there is nothing to act upon");
    return *found;
}

// All or none: whoever cannot do it now is named before anything is done.
void require_all_can(const std::vector<render::AnyEntity>& members, const occi::Action& action) {
    for (const auto& member : members) {
        const auto& entity = render::entity_in(member);
        if (std::ranges::find(entity.actions, &action) == entity.actions.end())
            throw Error(Fault::conflict, entity.kind->id.term + " " + entity.id + " cannot " +
                                             action.id.term + " now, so nothing was done");
    }
}

// Answers when all have ended, or as soon as one has failed.
http::Response when_all_ended(state::Operations& operations, std::vector<std::string> ids,
                              std::function<http::Response()> answer) {
    if (ids.empty()) return answer();
    const auto last = ids.back();
    ids.pop_back();
    return when_ended(operations, last, patience_for_removals, [&operations, ids, answer](const auto& ended) {
        if (ended && ended->stage != state::Stage::done) throw Error(ended->fault, ended->message);
        return when_all_ended(operations, ids, answer);
    });
}

} // namespace

http::Response Api::invoke_on_all(const Call& call) {
    const auto place = place_of(call);
    const auto members = members_of(services_, place.kind, place.mixin, call.who);
    const auto term = word_in(call.request.query, "action").value_or("");
    const auto& action = action_for_all(members, place.kind, term);
    const auto invocation = invocation_in(call.request, action);
    require_all_can(members, action);
    for (const auto& member : members) {
        const auto& entity = render::entity_in(member);
        api::invoke(services_, *entity.kind, entity.id, invocation, {call.who});
    }
    return list_entities(call);
}

http::Response Api::remove_all(const Call& call) {
    if (!call.who.admin)
        throw Error(Fault::forbidden, "only an administrator may remove everything at " + call.request.path);
    const auto& kind = kind_at(call);
    std::vector<std::string> begun;
    for (const auto& id : ids_of(services_, kind, call.who)) try {
            begun.push_back(remove(services_, kind, id, {call.who}).id);
        } catch (const Error& failure) {
            // What others made is only shown, and what has gone meanwhile is gone.
            if (failure.fault() != Fault::forbidden && failure.fault() != Fault::not_found) throw;
        }
    return when_all_ended(services_.operations, begun, [this, call] { return done(call); });
}

// ---- of a mixin ----------------------------------------------------------------------------------------------------

http::Response Api::give_mixin(const Call& call) {
    if (word_in(call.request.query, "action")) return invoke_on_all(call);
    const auto mixin = place_of(call).mixin;
    const auto paths = locations_in(call.request, vocabulary(call));
    if (paths.empty()) throw Error(Fault::invalid, "no entity is named: X-OCCI-Location is needed");
    services_.mixins.give(*mixin, ids_in(services_, paths, call.who), call.who);
    return list_entities(call);
}

http::Response Api::replace_members(const Call& call) {
    const auto mixin = place_of(call).mixin;
    const auto paths = locations_in(call.request, vocabulary(call));
    services_.mixins.give_to_these_only(*mixin, ids_in(services_, paths, call.who), call.who);
    return list_entities(call);
}

// Without a list, from all that have it.
http::Response Api::take_mixin(const Call& call) {
    const auto mixin = place_of(call).mixin;
    const auto paths = locations_in(call.request, vocabulary(call));
    if (paths.empty())
        services_.mixins.give_to_these_only(*mixin, {}, call.who);
    else
        services_.mixins.take(*mixin, ids_in(services_, paths, call.who), call.who);
    return list_entities(call);
}

} // namespace api
