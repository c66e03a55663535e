#include "agent/api/api.hh"

#include "agent/api/answered.hh"
#include "agent/api/headers.hh"
#include "agent/api/routes.hh"
#include "agent/auth/authenticator.hh"

#include <limits>

namespace api {
namespace {

http::Response refusal_of(const http::Head& head) {
    auto allowed = methods_of(head.path);
    if (allowed.empty())
        return error_answer(404, "there is nothing at " + text::printable(head.path), wants_xml(head));
    auto answer = head.method == http::Method::options
                      ? http::Response{204, {}, "", ""}
                      : error_answer(405,
                                     "the method " + text::printable(head.method_text) + " is not for " +
                                         text::printable(head.path) + ": use " + allowed,
                                     wants_xml(head));
    answer.headers.emplace_back("Allow", std::move(allowed));
    return answer;
}

// RFC 9110, 8.4: a body that is packed would have to be unpacked, and a small one may be huge then.
std::optional<http::Response> refusal_of_coding(const http::Head& head) {
    const auto coding = head.header("Content-Encoding");
    if (!coding || text::same(*coding, "identity")) return std::nullopt;
    auto answer = error_answer(
        415, "the content coding \"" + text::printable(*coding) + "\" is not known here: send it as it is",
        wants_xml(head));
    answer.headers.emplace_back("Accept-Encoding", "identity");
    return answer;
}

} // namespace

http::Application::Admission Api::admit(const http::Head& head) {
    Admission admission;
    auto early = answered(Asked(head), [&] {
        admission.user = auth::identify(head.host).name;
        const auto match = find_route(head.method, head.path);
        if (!match.route) return refusal_of(head);
        if (auto refusal = refusal_of_coding(head)) return std::move(*refusal);
        admission.body_limit = match.route->body_limit;
        if (match.route->receive) admission.sink = (this->*match.route->receive)(head);
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
        const auto match = find_route(request.method, request.path);
        if (!match.route) return refusal_of(request);
        const Call call{request,
                        auth::identify(request.host),
                        match.id,
                        (request.is_secure ? "https://" : "http://") + request.host,
                        std::string(request.header("User-Agent").value_or("")),
                        prefers_async(request),
                        wants_xml(request)};
        const auto handler = [this, handle = match.route->handler](const Call& each) {
            return (this->*handle)(each);
        };
        return request.method == http::Method::post ? once(call, handler, false) : handler(call);
    });
}

http::Response Api::refuse(int status, std::string_view sentence) {
    return error_answer(status, sentence, false);
}

} // namespace api
