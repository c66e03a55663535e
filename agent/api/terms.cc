#include "agent/api/terms.hh"

#include "agent/api/conditions.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/filter.hh"
#include "agent/api/place.hh"
#include "agent/api/query.hh"
#include "agent/api/vocabulary.hh"
#include "agent/base/error.hh"
#include "agent/occi/fingerprint.hh"

#include <variant>

namespace api {
namespace {

// What narrows a collection down binds what is done to one entity, too, unless it says what the entity is to be.
Filter filter_of_one(const Call& call) {
    const bool removes = call.request.method == http::Method::remove;
    const auto action = word_in(call.request.query, "action");
    if (!removes && (!action || is_in_headers(call.request))) return {};
    return {call.request, vocabulary(call), action.value_or("")};
}

void require_match(const Condition& condition, const render::AnyEntity& entity) {
    const auto fingerprint = std::visit([](const auto& one) { return occi::fingerprint(one); }, entity);
    if (!condition.admits(fingerprint))
        throw Error(Fault::precondition, "it is not what If-Match or If-None-Match asks for: read it again");
}

void require_match(const Filter& filter, const occi::Kind& kind,
                   const std::function<render::AnyEntity()>& show) {
    if (!filter.admits(kind) || (filter.looks_inside() && !filter.admits(show())))
        throw Error(Fault::precondition, "it is not what Category and X-OCCI-Attribute ask for");
}

} // namespace

service::Terms terms_of(const Call& call, const std::function<render::AnyEntity()>& show_it) {
    service::Terms terms{call.who, call.key};
    const Condition condition(call.request);
    const auto filter = filter_of_one(call);
    if (condition.is_none() && filter.is_none()) return terms;
    const auto& kind = kind_at(call);
    const auto with_tags = [&services = call.services, &kind, id = call.id, who = call.who] {
        return show(services, kind, id, who);
    };
    terms.check = [condition, filter, show_it, &kind, with_tags] {
        require_match(condition, show_it());
        require_match(filter, kind, with_tags);
    };
    terms.check(); // also when nothing is to be changed
    return terms;
}

} // namespace api
