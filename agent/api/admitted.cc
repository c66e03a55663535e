#include "agent/api/admitted.hh"

#include "agent/api/after_start.hh"
#include "agent/api/documents.hh"
#include "agent/api/exactly_once.hh"
#include "agent/api/headers.hh"
#include "agent/api/honoured.hh"
#include "agent/api/refusals.hh"

#include <limits>
#include <utility>

namespace api {
namespace {

// GFD.223, 5.1. Also of an answer that comes later.
http::Response with_taken_types(http::Response answer) {
    if (answer.later)
        answer.later->go_on = [go_on = std::move(answer.later->go_on)] { return with_taken_types(go_on()); };
    else
        answer.headers.emplace_back("Accept", taken_types());
    return answer;
}

constexpr auto names_of_passed_over = "X-OCCI-Agent-Ignored";

// Nobody is to take for done what was only passed over. Also of an answer that comes later.
http::Response with_passed_over(http::Response answer, const std::shared_ptr<render::PassedOver>& names) {
    if (!names || names->is_none()) return answer;
    if (answer.later && !answer.later->piecewise)
        answer.later->go_on = [names, go_on = std::move(answer.later->go_on)] {
            return with_passed_over(go_on(), names);
        };
    else
        answer.headers.emplace_back(names_of_passed_over, names->text());
    return answer;
}

bool may_have_document(http::Method method) noexcept {
    return method == http::Method::post || method == http::Method::put;
}

// OCCI has the id as a URN, and clients put it together with the location of the kind. To them what ends in a slash is
// a place where entities are, and never an entity.
std::string id_for_occi(const Call& call) {
    constexpr std::string_view urn = "urn:uuid:";
    const auto& path = call.request.path;
    if (!call.id.empty() && path.ends_with('/') && !call.services.model.mixin_at(path))
        throw Error(Fault::not_found, "there is nothing at " + text::printable(path));
    return call.id.starts_with(urn) ? call.id.substr(urn.size()) : call.id;
}

} // namespace

std::string name_for_log(const auth::Principal& who) {
    return who.actor.empty() ? who.name : who.actor + " for " + who.name;
}

Admitted::Admitted(const Services& services, const http::Head& head, Asked asked, auth::Principal who,
                   Match match)
    : services_(services), asked_(std::move(asked)), who_(std::move(who)), user_(name_for_log(who_)),
      match_(std::move(match)),
      upload_(match_.route->receive ? match_.route->receive({services_, head, who_}) : nullptr) {}

std::size_t Admitted::body_limit() const noexcept {
    return upload_ ? std::numeric_limits<std::size_t>::max() : match_.route->body_limit;
}

Handler Admitted::choose_handler(Call& call) const {
    const auto& route = *match_.route;
    if (!route.occi) return route.handler;
    const bool has_opennebula = route.handler;
    const auto family = has_opennebula ? family_of(call.request, services_.model) : Family::occi;
    call.media = &negotiate(call.request, family, has_opennebula);
    const bool answers_in_xml = call.media->rendering == render::Rendering::xml;
    if (answers_in_xml && !(may_have_document(call.request.method) && has_occi_document(call.request)))
        return route.handler;
    if (has_opennebula && (upload_ || has_opennebula_document(call.request))) return route.handler;
    call.id = id_for_occi(call);
    return route.occi;
}

http::Response Admitted::answer(const http::Request& request) {
    return answered(asked_, [&] {
        Call call{services_, request,      who_, match_.id, http::base_of(request), prefers_async(request),
                  nullptr,   upload_.get()};
        const auto handler = choose_handler(call);
        if (auto refusal = refusal_of_all(request, handler, services_, who_)) return std::move(*refusal);
        refuse_what_is_not_honoured(request, handler);
        const bool is_occi = handler == match_.route->occi;
        if (may_have_document(request.method)) call.passed_over = std::make_shared<render::PassedOver>();
        const auto work = [handler, is_occi, asked = asked_.text()](const Call& each) {
            auto answer = handler(each);
            if (each.passed_over && !each.passed_over->is_none()) {
                logging::info("{}: passed over {}", asked, each.passed_over->text());
                answer = with_passed_over(std::move(answer), each.passed_over);
            }
            return is_occi ? with_taken_types(std::move(answer)) : answer;
        };
        const auto answer_it = [work](const Call& each) {
            return each.request.method == http::Method::post ? once(each, work, By::key) : work(each);
        };
        return match_.route->permission == auth::Permission::create ? after_start(call, answer_it)
                                                                    : answer_it(call);
    });
}

} // namespace api
