// GET of entities and collections of whatever kind (GFD.223, 10.1 and 11.1).
#include "agent/api/age.hh"
#include "agent/api/conditions.hh"
#include "agent/api/entities.hh"
#include "agent/api/filter.hh"
#include "agent/api/handlers.hh"
#include "agent/api/occi_answers.hh"
#include "agent/api/page.hh"
#include "agent/api/place.hh"
#include "agent/api/renderings.hh"
#include "agent/api/vocabulary.hh"
#include "agent/occi/fingerprint.hh"

#include <fmt/format.h>

#include <variant>

namespace api {
namespace {

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

std::vector<const occi::Kind*> kinds_at(const Place& place, const occi::Model& model) {
    if (place.kind) return {place.kind};
    const bool is_narrow = place.mixin && !place.mixin->applies.empty();
    return is_narrow ? place.mixin->applies : kinds_of_entities(model);
}

Renderings::Written write(const Call& call) {
    const auto entity = show(call.services, kind_at(call), call.id, call.who);
    auto written = or_refuse(render::write(call.media->rendering, entity));
    const auto fingerprint = std::visit([](const auto& one) { return occi::fingerprint(one); }, entity);
    return {std::move(written.body), etag_of(fingerprint, call.media->tag), std::move(written.headers)};
}

} // namespace

http::Response list_entities(const Call& call) {
    const auto place = call.request.path == "/" ? Place() : place_of(call);
    const auto kinds = kinds_at(place, call.services.model);
    Filter filter(call.request, vocabulary(call));
    if (place.mixin) filter.require(place.mixin);
    const auto members = members_of(call.services, kinds, filter, call.who);
    const auto page = page_in(call.request.query, members.size());
    const auto first = members.begin() + static_cast<std::ptrdiff_t>(page.first);
    return listed(call, {first, first + static_cast<std::ptrdiff_t>(page.count)}, kinds);
}

http::Response show_entity(const Call& call) {
    const auto& context = call.services.context;
    kind_at(call); // there may be nothing like that
    const auto key = fmt::format("{} {} {}", call.request.path, call.media->tag, call.who.key());
    const auto written =
        call.services.renderings.get(key, context.inventory.now(), [&] { return write(call); });
    auto answer = shown(call, {written->body, written->headers}, written->etag);
    answer.headers.emplace_back("Age", std::to_string(age_of(context, call.id).count()));
    return answer;
}

} // namespace api
