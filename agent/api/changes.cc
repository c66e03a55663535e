// POST and PUT to an entity: a part of it is to be another, or all of it (GFD.223, 10.2 and 10.3).
#include "agent/api/answers.hh"
#include "agent/api/clients.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/handlers.hh"
#include "agent/api/occi_answers.hh"
#include "agent/api/place.hh"
#include "agent/api/query.hh"
#include "agent/api/terms.hh"
#include "agent/api/vocabulary.hh"
#include "agent/api/wanted.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <chrono>

namespace api {
namespace {

// What is asked of a guest is answered for in so long, or by the operation later.
constexpr auto patience_for_change = std::chrono::seconds(15),
               patience_beside_guest = std::chrono::seconds(5);

render::Sent sole_entity_in(const Call& call) {
    auto sent = entities_in(call.request, vocabulary(call));
    if (sent.size() != 1)
        throw Error(Fault::invalid,
                    "one entity is to be changed, and the document has " + std::to_string(sent.size()));
    return std::move(sent.front());
}

bool says_nothing(const render::Sent& sent) {
    return !sent.kind && sent.mixins.empty() && sent.attributes.empty() && sent.links.empty();
}

// Returns what was begun last: those on one machine are done one after the other.
std::optional<state::Operation> apply(const Services& services, const Changes& changes,
                                      service::Terms terms) {
    std::optional<state::Operation> begun;
    if (changes.changes_entity()) begun = update(services, changes.wanted, terms);
    if (begun) terms.check = {}; // what this very request has begun is no stranger's
    for (const auto& tag : changes.given) services.mixins.give(*tag, {changes.wanted.id}, terms.who);
    for (const auto& tag : changes.taken) services.mixins.take(*tag, {changes.wanted.id}, terms.who);
    for (const auto& link : changes.links) begun = create(services, link, terms).operation;
    return begun;
}

auto reader_of(const Call& call, const occi::Kind& kind) {
    return [&services = call.services, &kind, id = call.id, who = call.who] {
        return show(services, kind, id, who);
    };
}

http::Response changed(const Call& call, const occi::Kind& kind,
                       const std::optional<state::Operation>& begun) {
    const auto now = [call, &kind] {
        const auto entity = show(call.services, kind, call.id, call.who);
        auto answer = rendered(call, entity);
        if (call.media->rendering == render::Rendering::text_occi &&
            has_need(call.request, Need::location_of_change))
            answer.headers.emplace_back("Location", call.base + render::path_of(render::entity_in(entity)));
        return answer;
    };
    return begun ? when_done(call, *begun, patience_for_change, now, now) : now();
}

} // namespace

http::Response change_entity(const Call& call) {
    if (word_in(call.request.query, "action")) return invoke(call);
    const auto& kind = kind_at(call);
    const auto read = reader_of(call, kind);
    const auto shown = read();
    rendered(call, shown); // not to be rendered: nothing is done yet
    const auto sent = sole_entity_in(call);
    if (says_nothing(sent)) throw Error(Fault::invalid, "the document says nothing that could be changed");
    auto terms = terms_of(call, read);
    terms.key.clear(); // the journal knows by it what was made
    const auto changes = changes_in(sent, shown, Update::partial, call.services.model);
    call.passed_over->add(changes.unused);
    return changed(call, kind, apply(call.services, changes, terms));
}

http::Response replace_entity(const Call& call) {
    const auto& kind = kind_at(call);
    const bool is_compute = &kind == call.services.model.known().compute;
    if (is_compute && !is_there(call.services, call.id)) return create_entity_as(call);
    const auto read = reader_of(call, kind);
    const auto shown = read();
    rendered(call, shown);
    const auto sent = sole_entity_in(call);
    const auto terms = terms_of(call, read);
    const auto changes = changes_in(sent, shown, Update::full, call.services.model);
    call.passed_over->add(changes.unused);
    return changed(call, kind, apply(call.services, changes, terms));
}

http::Response remove_link(const Call& call) {
    const auto& kind = kind_at(call);
    const auto read = reader_of(call, kind);
    const auto last = rendered(call, read()); // not_found
    // The answer is to say whether a guest has let go in its time.
    return removed(call, remove(call.services, kind, call.id, terms_of(call, read)), last,
                   call.services.context.settings.unplug_time + patience_beside_guest);
}

} // namespace api
