// POST to the location of a kind: one entity, or in JSON several, all of them or none (GFD.223, 11.3.1; GFD.185,
// 3.6.4).
#include "agent/api/api.hh"
#include "agent/api/conditions.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/query.hh"
#include "agent/api/waiting.hh"
#include "agent/api/wanted.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"
#include "agent/render/occi_writer.hh"

#include <chrono>

namespace api {
namespace {

// A guest that is asked to take a device has so long; after it the answer says that it is under way.
constexpr auto patience_for_device = std::chrono::seconds(15);

std::set<Uuid> only(const Uuid& id) { return {id}; }

// With what users have given to it. Nothing is left of it when that fails.
service::Made make(const Services& services, const Wanted& wanted, const service::Terms& terms,
                   const Uuid& wanted_id = {}) {
    auto made = create(services, wanted.entity, terms, wanted_id);
    try {
        for (const auto& tag : wanted.tags) services.mixins.give(*tag, only(made.id), terms.who);
    } catch (...) {
        remove(services, *render::entity_in(wanted.entity).kind, made.id, {terms.who});
        throw;
    }
    return made;
}

// Of those that were made before another one could not be.
void unmake(const Services& services, const std::vector<Wanted>& all, const std::vector<service::Made>& made,
            const auth::Principal& who) {
    for (std::size_t index = made.size(); index-- > 0;) {
        const auto& kind = *render::entity_in(all[index].entity).kind;
        try {
            remove(services, kind, made[index].id, {who});
        } catch (const std::exception& failure) {
            logging::error("{} {} of a refused collection stays: {}", kind.id.term, made[index].id,
                           failure.what());
        }
    }
}

std::vector<service::Made> make_all(const Services& services, const std::vector<Wanted>& all,
                                    const service::Terms& terms) {
    std::vector<service::Made> made;
    try {
        for (const auto& wanted : all) made.push_back(make(services, wanted, terms));
    } catch (...) {
        unmake(services, all, made, terms.who);
        throw;
    }
    return made;
}

} // namespace

http::Response Api::made_link(const Call& call, const service::Made& made) {
    if (call.asynchronous) return accepted(call, made.operation, {202, {}, "", ""});
    return when_ended(services_.operations, made.operation.id, patience_for_device,
                      [this, call, made](const auto& ended) {
                          if (!ended) return accepted(call, made.operation, {202, {}, "", ""});
                          if (ended->stage != state::Stage::done) throw Error(ended->fault, ended->message);
                          return created(call, show(services_, kind_at(call), made.id, call.who), {});
                      });
}

// PUT to where nothing is: only computes may be given their id by a client.
http::Response Api::create_at(const Call& call, const occi::Kind& kind) {
    if (!is_uuid(call.id))
        throw Error(Fault::invalid, "\"" + text::printable(call.id) + "\" is no UUID in lower case");
    if (!Condition(call.request).admits_absence())
        throw Error(Fault::precondition, "there is no " + kind.id.term + " " + call.id + " that could match");
    const auto sent = entities_in(call.request, vocabulary(call));
    if (sent.size() != 1) throw Error(Fault::invalid, "a PUT is about one entity");
    const auto wanted = wanted_in(sent.front(), kind, services_.model);
    const auto create_it = [this, wanted](const Call& each) {
        return made(each, make(services_, wanted, {each.who, each.key}, each.id).operation);
    };
    return once(call, create_it, true);
}

http::Response Api::create_entities(const Call& call) {
    if (word_in(call.request.query, "action")) return invoke_on_all(call);
    const auto& kind = kind_at(call);
    std::vector<Wanted> all;
    for (const auto& sent : entities_in(call.request, vocabulary(call)))
        all.push_back(wanted_in(sent, kind, services_.model));
    if (all.empty()) throw Error(Fault::invalid, "the collection is empty: there is nothing to be made");
    if (all.size() > 1) {
        // One key in the journal cannot stand for several operations.
        const auto made = make_all(services_, all, {call.who});
        render::Listing listing;
        for (const auto& one : made) {
            listing.urls.push_back(call.base + render::path_of(kind, one.id));
            if (call.media->rendering == render::Rendering::json)
                add(listing.entities, show(services_, kind, one.id, call.who));
        }
        const auto written = render::write(call.media->rendering, listing);
        return {201, written->headers, std::string(call.media->content_type), written->body};
    }
    if (is_link(kind, services_.model))
        return made_link(call, make(services_, all.front(), {call.who, call.key}));
    return made(call, make(services_, all.front(), {call.who, call.key}).operation);
}

} // namespace api
