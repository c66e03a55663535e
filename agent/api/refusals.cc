#include "agent/api/refusals.hh"

#include "agent/api/allowed.hh"
#include "agent/api/faults.hh"
#include "agent/api/honoured.hh"
#include "agent/api/negotiation.hh"
#include "agent/api/version.hh"
#include "agent/base/text.hh"

#include <utility>

namespace api {

http::Response refusal_of_method(const http::Head& head, std::string allowed) {
    if (allowed.empty())
        return error_answer(Fault::not_found, "there is nothing at " + text::printable(head.path),
                            media_of_errors(head));
    auto answer = head.method == http::Method::options
                      ? http::Response{204, {}, "", ""}
                      : error_answer(405,
                                     "the method " + text::printable(head.method_text) + " is not for " +
                                         text::printable(head.path) + ": use " + allowed,
                                     media_of_errors(head));
    answer.headers.emplace_back("Allow", std::move(allowed));
    return answer;
}

std::optional<http::Response> refusal_of_coding(const http::Head& head) {
    const auto coding = head.header("Content-Encoding");
    if (!coding || text::same(*coding, "identity")) return std::nullopt;
    auto answer = error_answer(Fault::media_type,
                               "the content coding \"" + text::printable(*coding) +
                                   "\" is not known here: send it as it is",
                               media_of_errors(head));
    answer.headers.emplace_back("Accept-Encoding", "identity");
    return answer;
}

std::optional<http::Response> refusal_of_version(const http::Head& head) {
    const auto version = version_above_ours(head.header("User-Agent").value_or(""));
    if (!version) return std::nullopt;
    return error_answer(Fault::unsupported,
                        text::printable(*version) + " is not known here: " + std::string(occi_version) +
                            " is",
                        media_of_errors(head));
}

std::optional<http::Response> refusal_of_all(const http::Head& head, Handler handle, const Services& services,
                                             const auth::Principal& who) {
    if (!concerns_all(head, handle) || says_occi(head)) return std::nullopt;
    const bool removes = head.method == http::Method::remove;
    auto answer = error_answer(removes ? 405 : 400,
                               "a " + head.method_text + " of " + text::printable(head.path) +
                                   " is for all that is there: it needs a header that says OCCI, such as "
                                   "\"Accept: text/occi\" or Category, so nothing was done",
                               media_of_errors(head));
    if (removes) answer.headers.emplace_back("Allow", allowed_methods(services, head, who));
    return answer;
}

} // namespace api
