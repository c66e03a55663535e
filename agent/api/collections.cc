// What is done to many entities at once: those of a kind, or those that have a mixin (GFD.223, 11).
#include "agent/api/api.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/filter.hh"
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
    for (const auto& path : std::set(paths.begin(), paths.end())) ids.insert(id_at(services, path, who));
    return ids;
}

// All that `who` has and the filter admits, of the kind, or of any kind with the mixin.
std::vector<render::AnyEntity> members_of(const Services& services, const occi::Kind* kind,
                                          const occi::MixinRef& mixin, const Filter& filter,
                                          const auth::Principal& who) {
    std::vector<render::AnyEntity> members;
    for (const auto* each : kinds_of_entities(services.model)) {
        if ((kind && kind != each) || !filter.admits(*each)) continue;
        for (const auto& id : ids_of(services, *each, who)) {
            auto entity = find(services, *each, id, who); // it may go meanwhile
            if (entity && (!mixin || render::entity_in(*entity).has(*mixin)) && filter.admits(*entity))
                members.push_back(std::move(*entity));
        }
    }
    return members;
}

// Who names some and means others must not take it for done.
void require_some(const std::vector<render::AnyEntity>& members, const Filter& filter,
                  const std::string& path) {
    if (members.empty() && !filter.is_none())
        throw Error(Fault::not_found,
                    "nothing at " + text::printable(path) +
                        " is what Category and X-OCCI-Attribute ask for, so nothing was done");
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

// Those of them that are ours to remove. All or none: what is in the way of one is said before any is begun. What
// others made is only shown, and stays.
std::vector<const occi::Entity*> removable(const Services& services,
                                           const std::vector<render::AnyEntity>& members,
                                           const auth::Principal& who) {
    std::vector<const occi::Entity*> ours;
    for (const auto& member : members) {
        const auto& entity = render::entity_in(member);
        try {
            if (may_remove(services, *entity.kind, entity.id, who)) ours.push_back(&entity);
        } catch (const Error& failure) {
            if (failure.fault() == Fault::not_found) continue; // gone meanwhile
            const bool is_here = failure.fault() == Fault::forbidden || failure.fault() == Fault::conflict;
            throw Error(is_here ? Fault::conflict : failure.fault(),
                        std::string(failure.what()) + ", so nothing was removed");
        }
    }
    return ours;
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
    const auto term = word_in(call.request.query, "action").value_or("");
    const auto filter = is_in_headers(call.request) ? Filter() : Filter(call.request, vocabulary(call), term);
    const auto members = members_of(services_, place.kind, place.mixin, filter, call.who);
    require_some(members, filter, call.request.path);
    const auto& action = action_for_all(members, place.kind, term);
    const auto invocation = invocation_in(call.request, action);
    require_all_can(members, action);
    std::vector<Member> acted;
    for (const auto& member : members) {
        const auto& entity = render::entity_in(member);
        api::invoke(services_, *entity.kind, entity.id, invocation, {call.who});
        acted.push_back({entity.kind, entity.id});
    }
    return listed(call, acted,
                  place.kind ? std::vector{place.kind}
                             : std::vector{render::entity_in(members.front()).kind});
}

http::Response Api::remove_all(const Call& call) {
    if (!call.who.admin)
        throw Error(Fault::forbidden, "only an administrator may remove everything at " + call.request.path);
    const Filter filter(call.request, vocabulary(call));
    const auto members = members_of(services_, &kind_at(call), {}, filter, call.who);
    require_some(members, filter, call.request.path);
    const auto ours = removable(services_, members, call.who);
    if (ours.empty() && !members.empty())
        throw Error(Fault::forbidden, "what is at " + text::printable(call.request.path) +
                                          " was not made by this agent: it is only shown");
    std::vector<std::string> begun;
    for (const auto* entity : ours) try {
            begun.push_back(remove(services_, *entity->kind, entity->id, {call.who}).id);
        } catch (const Error& failure) {
            if (failure.fault() == Fault::not_found) continue;
            if (begun.empty()) throw;
            throw Error(failure.fault(), std::string(failure.what()) + "; of the others " +
                                             std::to_string(begun.size()) + " are being removed");
        }
    return when_all_ended(services_.operations, begun, [this, call] { return done(call); });
}

// ---- of a mixin ----------------------------------------------------------------------------------------------------

namespace {

// What is sent and names nothing is a list that was not understood, unless it is one that is empty.
std::vector<std::string> named_entities(const Call& call, const render::Vocabulary& words) {
    auto paths = locations_in(call.request, words);
    const bool replaces = call.request.method == http::Method::put;
    const bool is_list = text::trim(call.request.body).starts_with('{') && replaces;
    if (paths.empty() && !is_list && (replaces || !text::trim(call.request.body).empty()))
        throw Error(Fault::invalid, "no entity is named: X-OCCI-Location is needed");
    return paths;
}

} // namespace

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
    const auto paths = named_entities(call, vocabulary(call));
    services_.mixins.give_to_these_only(*mixin, ids_in(services_, paths, call.who), call.who);
    return list_entities(call);
}

// Without a list, from all that have it and that the headers admit.
http::Response Api::take_mixin(const Call& call) {
    const auto mixin = place_of(call).mixin;
    const auto paths = named_entities(call, vocabulary(call));
    const Filter filter(call.request, vocabulary(call));
    std::set<Uuid> ids;
    if (paths.empty() && filter.is_none()) {
        services_.mixins.give_to_these_only(*mixin, {}, call.who);
    } else if (paths.empty()) {
        const auto members = members_of(services_, nullptr, mixin, filter, call.who);
        require_some(members, filter, call.request.path);
        for (const auto& member : members) ids.insert(render::entity_in(member).id);
    } else {
        if (!filter.is_none())
            throw Error(Fault::invalid, "entities are named one by one and by Category or X-OCCI-Attribute");
        ids = ids_in(services_, paths, call.who);
    }
    services_.mixins.take(*mixin, ids, call.who);
    return list_entities(call);
}

} // namespace api
