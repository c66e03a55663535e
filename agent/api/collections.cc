// What is done to many entities at once: those of a kind, or those that have a mixin (GFD.223, 11).
#include "agent/api/answers.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/handlers.hh"
#include "agent/api/members.hh"
#include "agent/api/occi_answers.hh"
#include "agent/api/query.hh"
#include "agent/api/vocabulary.hh"
#include "agent/api/waiting.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"

#include <algorithm>
#include <chrono>

namespace api {
namespace {

constexpr auto patience_for_removals = std::chrono::seconds(15);

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

// All or none: an entity that cannot do it now is named before anything is done. What one can do that is still being
// made is known when its turn has come.
void require_all_can(const std::vector<render::AnyEntity>& members, const occi::Action& action) {
    for (const auto& member : members) {
        const auto& entity = render::entity_in(member);
        if (entity.string(occi::name::phase) == "pending") continue;
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

// Begins to remove them; the operations. What goes meanwhile needs none.
std::vector<std::string> begin_removals(const Call& call, const std::vector<const occi::Entity*>& entities) {
    std::vector<std::string> begun;
    for (const auto* entity : entities) try {
            begun.push_back(remove(call.services, *entity->kind, entity->id, {call.who}).id);
        } catch (const Error& failure) {
            if (failure.fault() == Fault::not_found) continue;
            if (begun.empty()) throw;
            throw Error(failure.fault(), std::string(failure.what()) + "; of the others " +
                                             std::to_string(begun.size()) + " are being removed");
        }
    return begun;
}

// Answers when all have ended, or as soon as one has failed.
http::Response when_all_ended(state::Operations& operations, std::vector<std::string> ids,
                              std::function<http::Response()> answer) {
    if (ids.empty()) return answer();
    const auto last = ids.back();
    ids.pop_back();
    return when_ended(operations, last, patience_for_removals, [&operations, ids, answer](const auto& ended) {
        if (ended) require_done(*ended);
        return when_all_ended(operations, ids, answer);
    });
}

} // namespace

http::Response invoke_on_all(const Call& call) {
    const auto place = place_of(call);
    const auto term = word_in(call.request.query, "action").value_or("");
    const auto filter = is_in_headers(call.request) ? Filter() : Filter(call.request, vocabulary(call), term);
    const auto members = members_of(call, place, filter);
    const auto& action = action_for_all(members, place.kind, term);
    const auto invocation = invocation_in(call.request, action, call.passed_over.get());
    require_all_can(members, action);
    std::vector<Member> acted;
    for (const auto& member : members) {
        const auto& entity = render::entity_in(member);
        invoke(call.services, *entity.kind, entity.id, invocation, {call.who});
        acted.push_back({entity.kind, entity.id});
    }
    const auto* kind = place.kind ? place.kind : render::entity_in(members.front()).kind;
    return listed(call, acted, {kind});
}

http::Response remove_all(const Call& call) {
    const Filter filter(call.request, vocabulary(call));
    const auto members = members_of(call, {&kind_at(call)}, filter);
    const auto ours = removable(call.services, members, call.who);
    if (ours.empty() && !members.empty())
        throw Error(Fault::forbidden, "what is at " + text::printable(call.request.path) +
                                          " was not made by this agent: it is only shown");
    return when_all_ended(call.services.operations, begin_removals(call, ours),
                          [call] { return done(call); });
}

} // namespace api
