#include "agent/api/occi_answers.hh"

#include "agent/api/answers.hh"
#include "agent/api/clients.hh"
#include "agent/api/conditions.hh"
#include "agent/api/negotiation.hh"
#include "agent/api/opennebula.hh"
#include "agent/occi/fingerprint.hh"

namespace api {
namespace {

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

http::Response in_full(const Call& call, std::optional<render::Written> written) {
    auto whole = or_refuse(std::move(written));
    return {200, std::move(whole.headers), std::string(call.media->content_type), std::move(whole.body)};
}

} // namespace

render::Written or_refuse(std::optional<render::Written> written) {
    if (!written)
        throw NotAcceptable("this is more than fits into headers: ask for text/plain, or for a page of it");
    return std::move(*written);
}

http::Response done(const Call& call) {
    const bool is_json = call.media->rendering == render::Rendering::json;
    return {200, {}, std::string(call.media->content_type), is_json ? "{}" : "OK"};
}

// A document of OCCI may be answered in OpenNebula's XML, of what both have.
http::Response rendered(const Call& call, const render::AnyEntity& entity) {
    if (!speaks_occi(call)) return opennebula_answer(call, std::get<occi::Resource>(entity));
    return in_full(call, render::write(call.media->rendering, entity));
}

http::Response rendered(const Call& call, const occi::Categories& categories) {
    return in_full(call, render::write(call.media->rendering, categories));
}

// With the fields of text/occi, unless the client has them already.
http::Response shown(const Call& call, const render::Written& written, const std::string& etag) {
    http::Response answer{200, {}, std::string(call.media->content_type), written.body};
    validate(answer, call.request, etag);
    if (answer.status == 200)
        answer.headers.insert(answer.headers.end(), written.headers.begin(), written.headers.end());
    return answer;
}

http::Response shown(const Call& call, const render::Written& written) {
    std::vector<std::string> parts{written.body};
    for (const auto& [name, value] : written.headers) parts.insert(parts.end(), {name, value});
    return shown(call, written, etag_of(occi::fingerprint(parts), call.media->tag));
}

http::Response listed(const Call& call, const std::vector<Member>& members,
                      const std::vector<const occi::Kind*>& kinds) {
    render::Listing listing{{}, begin_collection(kinds, call.services.model)};
    for (const auto& member : members) {
        listing.urls.push_back(call.base + render::path_of(*member.kind, member.id));
        if (call.media->rendering != render::Rendering::json) continue;
        if (auto entity = find(call.services, *member.kind, member.id, call.who))
            add(listing.entities, std::move(*entity));
    }
    auto written = or_refuse(render::write(call.media->rendering, listing));
    if (const auto urls = http::find(written.headers, "X-OCCI-Location");
        urls && has_need(call.request, Need::list_as_location))
        written.headers.emplace_back("Location", *urls);
    return shown(call, written);
}

} // namespace api
