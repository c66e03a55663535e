#include "agent/api/api.hh"

#include "agent/api/faults.hh"
#include "agent/api/routes.hh"
#include "agent/auth/authenticator.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"

namespace api {
namespace {

// Calls `work` and makes an answer of what it throws.
template <class F> http::Response answered(const http::Head& head, F&& work) {
    try {
        return work();
    } catch (const Error& failure) {
        if (failure.fault() == Fault::internal)
            logging::error("{} {}: {}", head.method_text, text::printable(head.path), failure.what());
        return error_answer(status_of(failure.fault()), failure.what(), wants_xml(head));
    } catch (const std::exception& failure) {
        logging::error("{} {}: {}", head.method_text, text::printable(head.path), failure.what());
        return error_answer(500, "an internal error; the log of the agent has it under " + head.id,
                            wants_xml(head));
    }
}

http::Response refusal_of(const http::Head& head, const Match& match) {
    if (match.allow.empty())
        return error_answer(404, "there is nothing at " + text::printable(head.path), wants_xml(head));
    auto answer = head.method == http::Method::options
                      ? http::Response{204, {}, "", ""}
                      : error_answer(405,
                                     "the method " + text::printable(head.method_text) + " is not for " +
                                         text::printable(head.path) + ": use " + match.allow,
                                     wants_xml(head));
    answer.headers.emplace_back("Allow", match.allow);
    return answer;
}

} // namespace

http::Application::Admission Api::admit(const http::Head& head) {
    Admission admission;
    auto early = answered(head, [&] {
        auth::identify(head.host);
        const auto match = find_route(head.method, head.path);
        if (!match.route) return refusal_of(head, match);
        admission.body_limit = match.route->body_limit;
        return http::Response{0, {}, "", ""};
    });
    if (early.status != 0) admission.refusal = std::move(early);
    return admission;
}

http::Response Api::handle(const http::Request& request) {
    return answered(request, [&] {
        const auto match = find_route(request.method, request.path);
        if (!match.route) return refusal_of(request, match);
        const Call call{request, auth::identify(request.host), match.id, "http://" + request.host};
        auto answer = (this->*match.route->handler)(call);
        answer.headers.emplace_back("Vary", "Accept, User-Agent");
        return answer;
    });
}

http::Response Api::refuse(int status, std::string_view sentence) {
    return error_answer(status, sentence, false);
}

} // namespace api
