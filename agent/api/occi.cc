// The handlers of OCCI (GFD.223): the query interface, entities and collections of whatever kind, actions.
#include "agent/api/age.hh"
#include "agent/api/api.hh"
#include "agent/api/conditions.hh"
#include "agent/api/documents.hh"
#include "agent/api/entities.hh"
#include "agent/api/filter.hh"
#include "agent/api/negotiation.hh"
#include "agent/api/page.hh"
#include "agent/api/query.hh"
#include "agent/api/waiting.hh"
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/fingerprint.hh"
#include "agent/render/occi_writer.hh"
#include "agent/service/storage/os_templates.hh"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>

namespace api {
namespace {

using render::Rendering;

constexpr auto patience_for_action = std::chrono::seconds(20);

// ---- answers -------------------------------------------------------------------------------------------------------

render::Written or_refuse(std::optional<render::Written> written) {
    if (!written)
        throw NotAcceptable("this is more than fits into headers: ask for text/plain, or for a page of it");
    return std::move(*written);
}

// With the fields of text/occi, unless the client has them already.
http::Response answer_of(const Call& call, const render::Written& written, const std::string& etag) {
    http::Response answer{200, {}, std::string(call.media->content_type), written.body};
    validate(answer, call.request, etag);
    if (answer.status == 200)
        answer.headers.insert(answer.headers.end(), written.headers.begin(), written.headers.end());
    return answer;
}

// Of what has no fingerprint of its own.
std::string etag_of_text(const Call& call, const render::Written& written) {
    std::vector<std::string> parts{written.body};
    for (const auto& [name, value] : written.headers) parts.insert(parts.end(), {name, value});
    return etag_of(occi::fingerprint(parts), call.media->tag);
}

// ---- what is asked for ---------------------------------------------------------------------------------------------

// As the model spells it: with a slash at its end.
std::string location_of(std::string path) {
    if (!path.ends_with('/')) path += '/';
    return path;
}

// ---- collections ---------------------------------------------------------------------------------------------------

std::vector<Member> members_of(const Services& services, const std::vector<const occi::Kind*>& kinds,
                               const Filter& filter, const auth::Principal& who) {
    std::vector<Member> members;
    for (const auto* kind : kinds)
        if (filter.admits(*kind))
            for (auto& id : ids_of(services, *kind, who)) members.push_back({kind, std::move(id)});
    if (filter.looks_inside())
        std::erase_if(members, [&](const Member& member) {
            const auto entity = find(services, *member.kind, member.id, who);
            return !entity || !filter.admits(*entity);
        });
    return members;
}

// JSON shows the lists that the kinds can fill, empty or not.
render::Collection begin_collection(const std::vector<const occi::Kind*>& kinds, const occi::Model& model) {
    render::Collection collection;
    for (const auto* kind : kinds)
        if (is_link(*kind, model))
            collection.links.emplace();
        else
            collection.resources.emplace();
    return collection;
}

// ---- actions -------------------------------------------------------------------------------------------------------

const occi::Action& action_in(const Call& call, const occi::Kind& kind) {
    const auto term = word_in(call.request.query, "action");
    if (!term) throw Error(Fault::invalid, "no action is named: ?action=TERM");
    const auto* found = action_of(kind, *term);
    if (!found) throw Error(Fault::invalid, "a " + kind.id.term + " has no action " + text::printable(*term));
    return *found;
}

} // namespace

http::Response Api::rendered(const Call& call, const render::AnyEntity& entity) const {
    const auto written = or_refuse(render::write(call.media->rendering, entity));
    return {200, written.headers, std::string(call.media->content_type), written.body};
}

render::Vocabulary Api::vocabulary(const Call& call) const {
    // Some name one a thousand times, and to find it means to look through all images.
    auto known = std::make_shared<std::map<std::string, occi::MixinRef>>();
    return {services_.model, [this, who = call.who, known](const occi::TypeId& id) {
                const auto [place, is_new] = known->try_emplace(id.text());
                if (is_new) place->second = services_.mixins.find(id, who);
                return place->second;
            }};
}

Api::Place Api::place_of(const Call& call) const {
    std::string location = call.request.path;
    if (call.id.empty() || services_.model.mixin_at(location))
        location = location_of(std::move(location));
    else
        location.resize(location.rfind('/') + 1);
    Place place{services_.model.kind_at(location), services_.model.mixin_at(location)};
    if (!place.kind && !place.mixin)
        place.mixin = services_.mixins.find_at(location_of(call.request.path), call.who);
    if (!place.kind && !place.mixin)
        throw Error(Fault::not_found, "there is nothing at " + text::printable(call.request.path));
    return place;
}

const occi::Kind& Api::kind_at(const Call& call) const {
    const auto place = place_of(call);
    if (!place.kind)
        throw Error(Fault::not_found, "there is nothing at " + text::printable(call.request.path));
    return *place.kind;
}

http::Response Api::done(const Call& call) const {
    const bool is_json = call.media->rendering == Rendering::json;
    return {200, {}, std::string(call.media->content_type), is_json ? "{}" : "OK"};
}

http::Response Api::categories(const Call& call) {
    auto shown = categories_in(call.request, vocabulary(call));
    if (shown.kinds.empty() && shown.mixins.empty() && shown.actions.empty()) {
        shown = services_.model.categories();
        for (auto& mixin : services_.mixins.list(call.who)) shown.mixins.push_back(std::move(mixin));
    }
    const auto written = or_refuse(render::write(call.media->rendering, shown));
    return answer_of(call, written, etag_of_text(call, written));
}

http::Response Api::list_entities(const Call& call) {
    const auto [kind, mixin] = call.request.path == "/" ? Place() : place_of(call);
    const bool is_narrow = mixin && !mixin->applies.empty();
    const auto kinds = kind        ? std::vector{kind}
                       : is_narrow ? mixin->applies
                                   : kinds_of_entities(services_.model);

    Filter filter(call.request, vocabulary(call));
    if (mixin) filter.require(mixin);
    const auto members = members_of(services_, kinds, filter, call.who);
    const auto page = page_in(call.request.query, members.size());
    const auto first = members.begin() + static_cast<std::ptrdiff_t>(page.first);
    return listed(call, {first, first + static_cast<std::ptrdiff_t>(page.count)}, kinds);
}

http::Response Api::listed(const Call& call, const std::vector<Member>& members,
                           const std::vector<const occi::Kind*>& kinds) const {
    render::Listing listing{{}, begin_collection(kinds, services_.model)};
    for (const auto& member : members) {
        listing.urls.push_back(call.base + render::path_of(*member.kind, member.id));
        if (call.media->rendering != Rendering::json) continue;
        if (auto entity = find(services_, *member.kind, member.id, call.who))
            add(listing.entities, std::move(*entity));
    }
    const auto written = or_refuse(render::write(call.media->rendering, listing));
    return answer_of(call, written, etag_of_text(call, written));
}

http::Response Api::show_entity(const Call& call) {
    const auto& kind = kind_at(call);
    const auto key = fmt::format("{} {} {}", call.request.path, call.media->tag, call.who.name);
    const auto written = renderings_.get(key, services_.context.inventory.now(), [&] {
        const auto entity = show(services_, kind, call.id, call.who);
        auto shown = or_refuse(render::write(call.media->rendering, entity));
        const auto fingerprint = std::visit([](const auto& one) { return occi::fingerprint(one); }, entity);
        return Renderings::Written{std::move(shown.body), etag_of(fingerprint, call.media->tag),
                                   std::move(shown.headers)};
    });
    auto answer = answer_of(call, {written->body, written->headers}, written->etag);
    answer.headers.emplace_back("Age", std::to_string(age_of(services_.context, call.id).count()));
    return answer;
}

// GFD.224, 3.1.2: what it answers with is the template that it makes, which can be used when the copy is whole.
http::Response Api::save(const Call& call, const occi::Invocation& wanted, const service::Terms& terms) {
    or_refuse(
        render::write(call.media->rendering, occi::Categories())); // not to be rendered: nothing is done
    const auto made = services_.computes.save(call.id, wanted, terms);
    occi::Categories shown;
    if (auto mixin = service::os_template_to_be(*services_.context.inventory.now(), made.id, services_.model))
        shown.mixins.push_back(std::move(mixin));
    const auto written = or_refuse(render::write(call.media->rendering, shown));
    http::Response answer{200, written.headers, std::string(call.media->content_type), written.body};
    return call.asynchronous ? accepted(call, made.operation, std::move(answer)) : answer;
}

// GFD.223, 10.3.2: it is begun; what becomes of it shows with the entity. What is over in a moment unless something is
// wrong, which is whatever is done to a network or a storage, is waited for, and what was wrong is the answer.
http::Response Api::invoke(const Call& call) {
    const auto& kind = kind_at(call);
    const auto& action = action_in(call, kind);
    const auto read = [this, &kind, id = call.id, who = call.who] { return show(services_, kind, id, who); };
    const auto before = rendered(call, read()); // not_found, or not to be rendered: nothing is done yet
    auto terms = terms_of(call, [&read] { return std::get<occi::Resource>(read()); });
    terms.key.clear(); // the journal knows by it what was made, and this makes nothing
    const auto invocation = invocation_in(call.request, action);
    if (&action == services_.model.known().save) return save(call, invocation, terms);
    const auto begun = api::invoke(services_, kind, call.id, invocation, terms);
    const auto shown = [this, call, &kind, before] {
        const auto now = find(services_, kind, call.id, call.who); // somebody may have deleted it since
        return now ? rendered(call, *now) : before;
    };
    if (!begun) return shown();
    if (call.asynchronous) return accepted(call, *begun, shown());
    if (begun->subject == "compute" || begun->target != call.id) return shown();
    return when_ended(services_.operations, begun->id, patience_for_action,
                      [this, call, shown, operation = *begun](const auto& ended) {
                          if (!ended) return accepted(call, operation, shown());
                          if (ended->stage != state::Stage::done) throw Error(ended->fault, ended->message);
                          return shown();
                      });
}

} // namespace api
