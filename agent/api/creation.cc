// POST to the location of a kind: one entity, or in JSON several, all of them or none (GFD.223, 11.3.1; GFD.185,
// 3.6.4).
#include "agent/api/batch.hh"
#include "agent/api/conditions.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/exactly_once.hh"
#include "agent/api/handlers.hh"
#include "agent/api/made.hh"
#include "agent/api/occi_answers.hh"
#include "agent/api/place.hh"
#include "agent/api/query.hh"
#include "agent/api/vocabulary.hh"
#include "agent/api/wanted.hh"
#include "agent/base/error.hh"

namespace api {
namespace {

std::set<Uuid> only(const Uuid& id) { return {id}; }

// What has been made, with what users have given to it. Nothing is left of it when that fails.
service::Made with_tags(const Services& services, const Wanted& wanted, const service::Terms& terms,
                        service::Made made) {
    try {
        for (const auto& tag : wanted.tags) services.mixins.give(*tag, only(made.id), terms.who);
    } catch (...) {
        cancel_if_under_way(services.operations, made.operation, terms.who);
        if (const auto& kind = *render::entity_in(wanted.entity).kind;
            find(services, kind, made.id, terms.who))
            remove(services, kind, made.id, {terms.who});
        throw;
    }
    return made;
}

service::Made make(const Services& services, const Wanted& wanted, const service::Terms& terms,
                   const Uuid& wanted_id = {}) {
    return with_tags(services, wanted, terms, create(services, wanted.entity, terms, wanted_id));
}

std::vector<Wanted> all_wanted_in(const Call& call, const occi::Kind& kind) {
    std::vector<Wanted> all;
    for (const auto& sent : entities_in(call.request, vocabulary(call)))
        all.push_back(wanted_in(sent, kind, call.services.model));
    for (const auto& one : all) call.passed_over->add(one.unused);
    if (all.empty()) throw Error(Fault::invalid, "the collection is empty: there is nothing to be made");
    return all;
}

http::Response create_one(const Call& call, const occi::Kind& kind, const Wanted& wanted) {
    const auto begun = make(call.services, wanted, {call.who, call.key});
    return is_link(kind, call.services.model) ? made_link(call, begun) : made(call, begun.operation);
}

// A running guest may keep what it was given: what can be told of links is told before the first one is made.
http::Response create_links(const Call& call, const occi::Kind& kind, const std::vector<Wanted>& all) {
    const auto& services = call.services;
    std::vector<occi::Link> links;
    for (const auto& wanted : all) links.push_back(std::get<occi::Link>(wanted.entity));
    const auto planned = services.links.plan(links, call.who);
    auto next = planned.begin();
    return make_all(call, kind, all, [&](const Wanted& wanted) {
        return with_tags(services, wanted, {call.who}, services.links.create(*next++, {call.who}));
    });
}

// One key in the journal cannot stand for several operations.
http::Response create_all(const Call& call, const occi::Kind& kind, const std::vector<Wanted>& all) {
    if (is_link(kind, call.services.model)) return create_links(call, kind, all);
    return make_all(call, kind, all,
                    [&](const Wanted& wanted) { return make(call.services, wanted, {call.who}); });
}

} // namespace

http::Response create_entities(const Call& call) {
    if (word_in(call.request.query, "action")) return invoke_on_all(call);
    const auto& kind = kind_at(call);
    const auto all = all_wanted_in(call, kind);
    return all.size() == 1 ? create_one(call, kind, all.front()) : create_all(call, kind, all);
}

http::Response create_entity_as(const Call& call) {
    const auto& kind = kind_at(call);
    require_uuid(call.id);
    if (!Condition(call.request).admits_absence())
        throw Error(Fault::precondition, "there is no " + kind.id.term + " " + call.id + " that could match");
    const auto sent = entities_in(call.request, vocabulary(call));
    if (sent.size() != 1) throw Error(Fault::invalid, "a PUT is about one entity");
    auto wanted_by_put = wanted_in(sent.front(), kind, call.services.model);
    call.passed_over->add(wanted_by_put.unused);
    const auto create_it = [wanted = std::move(wanted_by_put)](const Call& each) {
        return made(each, make(each.services, wanted, {each.who, each.key}, each.id).operation);
    };
    return once(call, create_it, By::uri);
}

} // namespace api
