#include "agent/api/api.hh"

#include "agent/api/admitted.hh"
#include "agent/api/allowed.hh"
#include "agent/api/refusals.hh"

#include <utility>

namespace api {
namespace {

std::optional<http::Response> refusal_of(const Services& services, const http::Head& head,
                                         const auth::Principal& who, const Match& match) {
    if (!match.route || (!match.route->handler && speaks_opennebula(head, services.model)))
        return refusal_of_method(head, allowed_methods(services, head, who));
    auth::require(who, match.route->permission, head.path);
    if (auto refusal = refusal_of_version(head)) return refusal;
    return refusal_of_coding(head);
}

// What was found out about it is its answer.
class Refused : public http::Admission {
public:
    Refused(std::string user, http::Response answer) : user_(std::move(user)), answer_(std::move(answer)) {}
    std::string_view user() const noexcept override { return user_; }
    bool is_refusal() const noexcept override { return true; }
    std::size_t body_limit() const noexcept override { return 0; }
    http::Response answer(const http::Request&) override { return std::move(answer_); }

private:
    const std::string user_;
    http::Response answer_;
};

} // namespace

std::unique_ptr<http::Admission> Api::admit(const http::Head& head) {
    Asked asked(head);
    auth::Principal who;
    std::unique_ptr<http::Admission> admitted;
    auto refusal = answered(asked, [&] {
        who = identify_(head);
        auto match = match_of(services_, head, who);
        if (auto refused = refusal_of(services_, head, who, match)) return std::move(*refused);
        admitted = std::make_unique<Admitted>(services_, head, asked, who, std::move(match));
        return http::Response();
    });
    if (admitted) return admitted;
    return std::make_unique<Refused>(std::move(who.name), std::move(refusal));
}

bool Api::is_quick(const http::Head& head) const noexcept {
    const auto* route = find_route(head.method, head.path).route;
    return route && route->pace == Pace::quick;
}

http::Response Api::refuse(const http::Head& head, int status, std::string_view sentence) {
    return error_answer(status, sentence, media_of_errors(head));
}

} // namespace api
