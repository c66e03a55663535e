#include "agent/api/api.hh"

#include "agent/api/admitted.hh"
#include "agent/api/allowed.hh"
#include "agent/api/refusals.hh"
#include "agent/base/guarded.hh"
#include "agent/http/bell.hh"

#include <chrono>
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

// What comes of a look that takes longer, and who waits for it. Shared with whoever looks, who may be the last.
struct Look {
    Guarded<std::optional<auth::Verdict>> verdict;
    const std::shared_ptr<http::Bell> bell = std::make_shared<http::Bell>();
    std::shared_ptr<const void> asker = std::make_shared<char>(); // gone with the request
};

// It is not known yet who asks.
class Undecided : public http::Admission {
public:
    Undecided(Api& api, std::shared_ptr<Look> look)
        : api_(api), look_(std::move(look)), asker_(std::move(look_->asker)) {}
    std::optional<http::Hold> undecided() noexcept override { return http::Hold{look_->bell, patience}; }
    std::unique_ptr<http::Admission> decide(const http::Head& head) override {
        auto verdict = look_->verdict.with([](const auto& told) { return told; });
        if (verdict) return api_.admit_as(head, *verdict);
        auth::Verdict unknown{std::nullopt, "nobody has said in time who it is"};
        unknown.is_unknown = true;
        return api_.admit_as(head, unknown);
    }
    std::size_t body_limit() const noexcept override { return 0; }
    http::Response answer(const http::Request&) override { return http::Response(); } // never asked for

private:
    static constexpr std::chrono::milliseconds patience = std::chrono::seconds(15);

    Api& api_;
    const std::shared_ptr<Look> look_;
    const std::shared_ptr<const void> asker_;
};

// RFC 9110, 15.5.2. Why it is nobody we know stands in the log alone.
http::Response refusal_of_stranger(const Asked& asked, const http::Head& head, const auth::Verdict& verdict,
                                   const Door& door) {
    if (!verdict.why.empty()) logging::info("{} from {}: {}", asked.text(), head.peer, verdict.why);
    if (verdict.is_unknown)
        return error_answer(Fault::busy, "who asks cannot be found out at the moment: try again",
                            *asked.media);
    auto answer = error_answer(Fault::unauthenticated,
                               verdict.why.empty() ? "who asks has to be proven, by one of WWW-Authenticate"
                                                   : "what was shown does not prove who asks",
                               *asked.media);
    for (auto& challenge : door.challenges(head))
        answer.headers.emplace_back("WWW-Authenticate", std::move(challenge));
    return answer;
}

} // namespace

std::unique_ptr<http::Admission> Api::admit(const http::Head& head) {
    const Asked asked(head);
    std::optional<auth::Verdict> verdict;
    std::unique_ptr<http::Admission> undecided;
    auto refusal = answered(asked, [&] {
        verdict = door_.known(head);
        if (!verdict) undecided = look_at(head, verdict);
        return http::Response();
    });
    if (verdict) return admit_as(head, *verdict);
    if (undecided) return undecided;
    return std::make_unique<Refused>("", std::move(refusal));
}

// What is waited for; nullptr: the verdict is there.
std::unique_ptr<http::Admission> Api::look_at(const http::Head& head, std::optional<auth::Verdict>& verdict) {
    const auto look = std::make_shared<Look>();
    const auto tell = [look](auth::Verdict told) {
        look->verdict.with([&](auto& kept) { kept = std::move(told); });
        look->bell->ring();
    };
    verdict = door_.judge(head, tell,
                          [asker = std::weak_ptr<const void>(look->asker)] { return !asker.expired(); });
    if (verdict) return nullptr;
    return std::make_unique<Undecided>(*this, look);
}

std::unique_ptr<http::Admission> Api::admit_as(const http::Head& head, const auth::Verdict& verdict) {
    const Asked asked(head);
    std::string user;
    std::unique_ptr<http::Admission> admitted;
    auto refusal = answered(asked, [&] {
        if (!verdict.who) return refusal_of_stranger(asked, head, verdict, door_);
        user = verdict.who->name;
        const auto who = on_behalf(head, *verdict.who);
        user = name_for_log(who);
        auto match = match_of(services_, head, who);
        if (auto refused = refusal_of(services_, head, who, match)) return std::move(*refused);
        admitted = std::make_unique<Admitted>(services_, head, asked, who, std::move(match));
        return http::Response();
    });
    if (admitted) return admitted;
    return std::make_unique<Refused>(std::move(user), std::move(refusal));
}

bool Api::is_quick(const http::Head& head) const noexcept {
    const auto* route = find_route(head.method, head.path).route;
    return route && route->pace == Pace::quick;
}

http::Response Api::refuse(const http::Head& head, int status, std::string_view sentence) {
    return error_answer(status, sentence, media_of_errors(head));
}

} // namespace api
