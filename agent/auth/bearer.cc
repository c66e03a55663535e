#include "agent/auth/bearer.hh"

#include "agent/auth/bearer_claims.hh"
#include "agent/auth/bearer_shown.hh"
#include "agent/base/error.hh"
#include "agent/base/secret.hh"

#include <algorithm>
#include <utility>

namespace auth {
namespace {

using namespace std::chrono_literals;

// What was revoked, or whose key was, is not taken for longer than this.
constexpr std::chrono::seconds longest_trust = 60s;

Verdict refused(const std::string& why) { return {std::nullopt, "bearer token: " + why}; }
Verdict not_known(const std::string& why) { return {std::nullopt, "bearer token: " + why, {}, true}; }

// A token that might be good: all is there but the key.
class Candidate {
public:
    Candidate(std::shared_ptr<const BearerOptions> options, std::string_view compact)
        : options_(std::move(options)), compact_(compact), token_(BearerToken::parse(compact)),
          claims_(token_.payload) {}
    Candidate(const Candidate&) = delete;
    Candidate& operator=(const Candidate&) = delete;
    ~Candidate() { wipe(token_.signature); }

    std::string fault() const { return claims_.fault_of_jwt(*options_, options_->now()); }

    // nullopt: by a key that is not in the set.
    std::optional<Verdict> by(const BearerKeys::Set& set) const {
        if (!set) return not_known("the keys of the issuer are not known");
        switch (set->verify(token_, compact_.reveal())) {
        case BearerKeySet::Finding::unknown_key: return std::nullopt;
        case BearerKeySet::Finding::wrong: return refused("its signature does not fit");
        case BearerKeySet::Finding::verified: break;
        }
        if (const auto why = fault(); !why.empty()) return refused(why);
        std::string why;
        auto who = claims_.bearer(*options_, why);
        if (!who) return refused(why);
        const auto now = options_->now();
        return Verdict{std::move(who), {}, std::min(*claims_.expires(), now + longest_trust)};
    }
    Verdict finally_by(const BearerKeys::Set& set) const {
        return by(set).value_or(refused("no key of the issuer has its kid"));
    }

private:
    const std::shared_ptr<const BearerOptions> options_;
    const Secret compact_;
    BearerToken token_;
    const BearerClaims claims_;
};

} // namespace

Bearer::Bearer(const BearerOptions& options)
    : options_(std::make_shared<const BearerOptions>(options)), keys_(options) {
    if (options.issuer.empty() || options.audience.empty())
        throw Error(Fault::invalid, "bearer tokens need an issuer and an audience");
}

bool Bearer::is_tried(const Shown& shown) const noexcept {
    const auto token = bearer_in(shown.authorization);
    if (!token.empty()) return options_->introspect_url.empty() || BearerToken::has_shape(token);
    return BearerToken::has_shape(shown.token);
}

std::optional<Verdict> Bearer::judge(const Shown& shown, Told told) {
    std::shared_ptr<const Candidate> candidate;
    try {
        candidate = std::make_shared<const Candidate>(options_, token_in(shown));
    } catch (const Error& failure) {
        return refused(failure.what());
    }
    // First what costs nothing, so that only what might be good makes the issuer be asked.
    if (const auto why = candidate->fault(); !why.empty()) return refused(why);
    // Shared, since one of two may be called.
    const auto once = std::make_shared<Told>(std::move(told));
    const auto seen = [candidate, once](const BearerKeys::Set& set) { (*once)(candidate->finally_by(set)); };
    const auto set = keys_.look(seen);
    if (!set) return std::nullopt;
    if (auto verdict = candidate->by(*set)) return verdict;
    const auto newer = keys_.look_again(seen);
    if (!newer) return std::nullopt;
    return candidate->finally_by(*newer);
}

std::string Bearer::challenge(bool was_tried) const { return bearer_challenge(was_tried); }

} // namespace auth
