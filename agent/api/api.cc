#include "agent/api/api.hh"

#include "agent/api/answered.hh"
#include "agent/api/documents.hh"
#include "agent/api/exactly_once.hh"
#include "agent/api/headers.hh"
#include "agent/api/honoured.hh"
#include "agent/api/negotiation.hh"
#include "agent/api/routes.hh"
#include "agent/api/version.hh"
#include "agent/auth/authenticator.hh"

#include <limits>

namespace api {
namespace {

constexpr auto methods_of_mixin = "GET, HEAD, POST, PUT, DELETE, OPTIONS";

http::Response refusal_of(const http::Head& head, std::string allowed) {
    if (allowed.empty())
        return error_answer(Fault::not_found, "there is nothing at " + text::printable(head.path),
                            rendering_of_errors(head));
    auto answer = head.method == http::Method::options
                      ? http::Response{204, {}, "", ""}
                      : error_answer(405,
                                     "the method " + text::printable(head.method_text) + " is not for " +
                                         text::printable(head.path) + ": use " + allowed,
                                     rendering_of_errors(head));
    answer.headers.emplace_back("Allow", std::move(allowed));
    return answer;
}

// `curl -X DELETE .../compute/$VM` with VM empty must not remove everything, nor a POST to
// `.../compute/$VM?action=stop` stop it.
std::optional<http::Response> refusal_of_all(const http::Head& head, Handler handle) {
    if (!concerns_all(head, handle) || says_occi(head)) return std::nullopt;
    const bool removes = head.method == http::Method::remove;
    auto answer = error_answer(removes ? 405 : 400,
                               "a " + head.method_text + " of " + text::printable(head.path) +
                                   " is for all that is there: it needs a header that says OCCI, such as "
                                   "\"Accept: text/occi\" or Category, so nothing was done",
                               rendering_of_errors(head));
    if (!removes) return answer;
    auto allowed = methods_of(head.path, Spoken::opennebula);
    answer.headers.emplace_back("Allow", allowed.empty() ? "GET, HEAD, POST, OPTIONS" : std::move(allowed));
    return answer;
}

// RFC 9110, 8.4: a body that is packed would have to be unpacked, and a small one may be huge then.
std::optional<http::Response> refusal_of_coding(const http::Head& head) {
    const auto coding = head.header("Content-Encoding");
    if (!coding || text::same(*coding, "identity")) return std::nullopt;
    auto answer = error_answer(Fault::media_type,
                               "the content coding \"" + text::printable(*coding) +
                                   "\" is not known here: send it as it is",
                               rendering_of_errors(head));
    answer.headers.emplace_back("Accept-Encoding", "identity");
    return answer;
}

// GFD.223, 5.3.
std::optional<http::Response> refusal_of_version(const http::Head& head) {
    const auto version = version_above_ours(head.header("User-Agent").value_or(""));
    if (!version) return std::nullopt;
    return error_answer(Fault::unsupported,
                        text::printable(*version) + " is not known here: " + std::string(occi_version) +
                            " is",
                        rendering_of_errors(head));
}

// GFD.223, 5.1. Also of an answer that comes later.
http::Response with_taken_types(http::Response answer) {
    if (answer.later)
        answer.later->go_on = [go_on = std::move(answer.later->go_on)] { return with_taken_types(go_on()); };
    else
        answer.headers.emplace_back("Accept", taken_types());
    return answer;
}

// OCCI has the id as a URN, and clients put it together with the location of the kind. To them what ends in a slash is
// a place where entities are, and never an entity.
std::string id_for_occi(const Call& call, const occi::Model& model) {
    constexpr std::string_view urn = "urn:uuid:";
    const auto& path = call.request.path;
    if (!call.id.empty() && path.ends_with('/') && !model.mixin_at(path))
        throw Error(Fault::not_found, "there is nothing at " + text::printable(path));
    return call.id.starts_with(urn) ? call.id.substr(urn.size()) : call.id;
}

} // namespace

bool Api::is_mixin(const http::Head& head, const auth::Principal& who) const {
    const auto location = head.path.ends_with('/') ? head.path : head.path + "/";
    return methods_of(head.path).empty() &&
           (services_.model.mixin_at(location) || services_.mixins.find_at(location, who));
}

Match Api::route_of(const http::Head& head, const auth::Principal& who) const {
    auto match = find_route(head.method, head.path);
    if (!match.route && is_mixin(head, who)) match.route = find_mixin_route(head.method);
    return match;
}

// At a URL that both families share: what OpenNebula has not must not happen to its clients as if by OCCI.
bool Api::speaks_opennebula(const http::Head& head) const {
    const bool names_action =
        head.query.find("action=") != head.query.npos; // OpenNebula has them in documents
    if (names_action || methods_of(head.path, Spoken::opennebula).empty()) return false;
    return negotiate(head, family_of(head, services_.model), true).rendering == render::Rendering::xml;
}

http::Application::Admission Api::admit(const http::Head& head) {
    Admission admission;
    auto early = answered(Asked(head), [&] {
        const auto who = auth::identify(head.host);
        admission.user = who.name;
        const auto match = route_of(head, who);
        if (!match.route)
            return refusal_of(head, is_mixin(head, who) ? methods_of_mixin : methods_of(head.path));
        if (!match.route->handler && speaks_opennebula(head))
            return refusal_of(head, methods_of(head.path, Spoken::opennebula));
        for (const auto check : {refusal_of_version, refusal_of_coding})
            if (auto refusal = check(head)) return std::move(*refusal);
        admission.body_limit = match.route->body_limit;
        if (match.route->receive) admission.sink = match.route->receive(services_, head);
        if (admission.sink) admission.body_limit = std::numeric_limits<std::size_t>::max();
        return http::Response{0, {}, "", ""};
    });
    if (early.status != 0) admission.refusal = std::move(early);
    return admission;
}

bool Api::is_quick(const http::Head& head) const noexcept {
    const auto* route = find_route(head.method, head.path).route;
    return route && route->pace == Pace::quick;
}

http::Response Api::handle(const http::Request& request) {
    return answered(Asked(request), [&] {
        const auto who = auth::identify(request.host);
        const auto match = route_of(request, who);
        if (!match.route)
            return refusal_of(request, is_mixin(request, who) ? methods_of_mixin : methods_of(request.path));
        Call call{services_,
                  request,
                  who,
                  match.id,
                  (request.is_secure ? "https://" : "http://") + request.host,
                  prefers_async(request)};
        auto handle = match.route->handler;
        if (match.route->occi) {
            const bool has_opennebula = handle;
            const auto& media = negotiate(
                request, has_opennebula ? family_of(request, services_.model) : Family::occi, has_opennebula);
            call.media = &media;
            if (media.rendering != render::Rendering::xml &&
                !(has_opennebula && has_opennebula_document(request))) {
                handle = match.route->occi;
                call.id = id_for_occi(call, services_.model);
            }
        }
        if (auto refusal = refusal_of_all(request, handle)) return std::move(*refusal);
        refuse_what_is_not_honoured(request, handle);
        const bool is_occi = match.route->occi && handle == match.route->occi;
        const auto handler = [handle, is_occi](const Call& each) {
            auto answer = handle(each);
            return is_occi ? with_taken_types(std::move(answer)) : answer;
        };
        return request.method == http::Method::post ? once(call, handler, By::key) : handler(call);
    });
}

http::Response Api::refuse(int status, std::string_view sentence) {
    return error_answer(status, sentence, render::Rendering::text_plain);
}

} // namespace api
