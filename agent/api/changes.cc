// POST and PUT to an entity: a part of it is to be another, or all of it (GFD.223, 10.2 and 10.3).
#include "agent/api/api.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/query.hh"
#include "agent/api/waiting.hh"
#include "agent/api/wanted.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <chrono>

namespace api {
namespace {

// What is asked of a guest is answered for in so long, or by the operation later.
constexpr auto patience_for_change = std::chrono::seconds(15),
               patience_beside_guest = std::chrono::seconds(5);

render::Sent sole_entity_in(const Call& call, const render::Vocabulary& words) {
    auto sent = entities_in(call.request, words);
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

} // namespace

http::Response Api::changed(const Call& call, const occi::Kind& kind,
                            const std::optional<state::Operation>& begun) {
    const auto answer = [this, call, &kind] {
        return rendered(call, show(services_, kind, call.id, call.who));
    };
    if (!begun) return answer();
    if (call.asynchronous) return accepted(call, *begun, answer());
    return when_ended(services_.operations, begun->id, patience_for_change,
                      [this, call, answer, operation = *begun](const auto& ended) {
                          if (!ended) return accepted(call, operation, answer());
                          if (ended->stage != state::Stage::done) throw Error(ended->fault, ended->message);
                          return answer();
                      });
}

http::Response Api::change_entity(const Call& call) {
    if (word_in(call.request.query, "action")) return invoke(call);
    const auto& kind = kind_at(call);
    const auto read = [this, &kind, id = call.id, who = call.who] { return show(services_, kind, id, who); };
    const auto shown = read();
    rendered(call, shown); // not to be rendered: nothing is done yet
    const auto sent = sole_entity_in(call, vocabulary(call));
    if (says_nothing(sent)) throw Error(Fault::invalid, "the document says nothing that could be changed");
    auto terms = terms_of(call, read);
    terms.key.clear(); // the journal knows by it what was made
    return changed(call, kind,
                   apply(services_, changes_in(sent, shown, Update::partial, services_.model), terms));
}

http::Response Api::remove_link(const Call& call) {
    const auto& kind = kind_at(call);
    const auto read = [this, &kind, id = call.id, who = call.who] { return show(services_, kind, id, who); };
    const auto last = rendered(call, read()); // not_found
    // The answer is to say whether a guest has let go in its time.
    return removed(call, remove(services_, kind, call.id, terms_of(call, read)), last,
                   services_.context.settings.unplug_time + patience_beside_guest);
}

http::Response Api::replace_entity(const Call& call) {
    const auto& kind = kind_at(call);
    const auto read = [this, &kind, id = call.id, who = call.who] { return show(services_, kind, id, who); };
    const bool is_compute = &kind == services_.model.known().compute;
    if (is_compute && !is_there(call.id)) return create_at(call, kind);
    const auto shown = read();
    rendered(call, shown);
    const auto sent = sole_entity_in(call, vocabulary(call));
    const auto terms = terms_of(call, read);
    return changed(call, kind,
                   apply(services_, changes_in(sent, shown, Update::full, services_.model), terms));
}

} // namespace api
