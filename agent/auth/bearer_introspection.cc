#include "agent/auth/bearer_introspection.hh"

#include "agent/auth/bearer_client.hh"
#include "agent/auth/bearer_shown.hh"
#include "agent/auth/bearer_token.hh"
#include "agent/base/digest.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_remembered = 1024, most_under_way = 16, most_waiting = 64; // for each token
constexpr std::chrono::seconds longest_trust = 60s;

Verdict refused(const std::string& why) { return {std::nullopt, "bearer token: " + why}; }
Verdict not_known(const std::string& why) { return {std::nullopt, "bearer token: " + why, {}, true}; }

} // namespace

struct BearerIntrospection::Shared {
    explicit Shared(const BearerOptions& given) : options(given), client(given) {}

    const BearerOptions options;
    const BearerClient client;
    std::stop_source stop;

    mutable std::mutex mutex; // of all below
    std::condition_variable ended;
    std::map<std::string, Verdict>
        remembered; // by the digest of the token: who is known, until when it holds
    std::map<std::string, std::vector<Told>> under_way;
    std::size_t at_work = 0; // errands that have not returned
    std::string trouble;

    Verdict find_out(std::string_view token);
    Verdict judge(const BearerClaims&) const;
    void remember(const std::string& digest, const Verdict&);
    void end(const std::string& digest, const Verdict&) noexcept;
};

Verdict BearerIntrospection::Shared::judge(const BearerClaims& claims) const {
    const auto now = options.now();
    if (const auto why = claims.fault_of_introspection(options, now); !why.empty()) return refused(why);
    std::string why;
    auto who = claims.bearer(options, why);
    if (!who) return refused(why);
    const auto until = now + longest_trust;
    return {std::move(who), {}, claims.expires() ? std::min(*claims.expires(), until) : until};
}

Verdict BearerIntrospection::Shared::find_out(std::string_view token) {
    std::string failed;
    try {
        const auto verdict = judge(client.ask(token, stop.get_token()));
        std::lock_guard hold(mutex);
        trouble.clear();
        return verdict;
    } catch (const std::exception& failure) {
        failed = failure.what();
    }
    bool is_new = false;
    {
        std::lock_guard hold(mutex);
        is_new = std::exchange(trouble, failed) != failed;
    }
    if (is_new && !stop.stop_requested())
        logging::warning("the issuer of bearer tokens does not say whether they hold: {}",
                         text::printable(failed, 300));
    return not_known("the issuer does not say whether it holds");
}

// The oldest trust goes first; all are gone within a minute anyway.
void BearerIntrospection::Shared::remember(const std::string& digest, const Verdict& verdict) {
    if (!verdict.who) return;
    const auto now = options.now();
    std::erase_if(remembered, [&](const auto& each) { return each.second.holds_until <= now; });
    if (remembered.size() >= most_remembered)
        remembered.erase(std::ranges::min_element(remembered, {},
                                                  [](const auto& each) { return each.second.holds_until; }));
    remembered.insert_or_assign(digest, verdict);
}

void BearerIntrospection::Shared::end(const std::string& digest, const Verdict& verdict) noexcept {
    std::vector<Told> told;
    {
        std::lock_guard hold(mutex);
        remember(digest, verdict);
        told = std::move(under_way[digest]);
        under_way.erase(digest);
    }
    for (const auto& each : told) each(verdict);
    std::lock_guard hold(mutex);
    --at_work;
    ended.notify_all();
}

BearerIntrospection::BearerIntrospection(const BearerOptions& options)
    : shared_(std::make_shared<Shared>(options)) {}

BearerIntrospection::~BearerIntrospection() {
    shared_->stop.request_stop();
    std::unique_lock hold(shared_->mutex);
    shared_->ended.wait_for(hold, 2s, [&] { return shared_->at_work == 0; });
}

bool BearerIntrospection::is_tried(const Shown& shown) const noexcept {
    return !bearer_in(shown.authorization).empty();
}

std::optional<Verdict> BearerIntrospection::judge(const Shown& shown, Told told) {
    const auto token = bearer_in(shown.authorization);
    if (token.size() > longest_bearer_token) return refused("it is too long");
    const auto digest = sha256(token);
    auto& shared = *shared_;
    const auto now = shared.options.now();
    {
        std::lock_guard hold(shared.mutex);
        const auto found = shared.remembered.find(digest);
        // A clock that was set back makes nothing hold for longer.
        if (found != shared.remembered.end() && now < found->second.holds_until &&
            found->second.holds_until <= now + longest_trust)
            return found->second;
        const auto other = shared.under_way.find(digest);
        if (other != shared.under_way.end()) {
            if (other->second.size() >= most_waiting)
                return not_known("too many wait for what the issuer says");
            other->second.push_back(std::move(told));
            return std::nullopt;
        }
        if (shared.under_way.size() >= most_under_way)
            return not_known("the issuer is asked about too many at a time");
        shared.under_way[digest].push_back(std::move(told));
        ++shared.at_work;
    }
    return begin(digest, token);
}

// What waits for the same token meanwhile is told from here when there is no thread to be had.
std::optional<Verdict> BearerIntrospection::begin(const std::string& digest, std::string_view token) {
    try {
        const auto kept = std::make_shared<const Secret>(token);
        crew_.run(
            [shared = shared_, digest, kept] { shared->end(digest, shared->find_out(kept->reveal())); });
        return std::nullopt;
    } catch (const Error& failure) {
        auto verdict = not_known(failure.what());
        {
            std::lock_guard hold(shared_->mutex);
            auto& waiting = shared_->under_way[digest];
            waiting.erase(waiting.begin()); // ours, which is answered at once
        }
        shared_->end(digest, verdict);
        return verdict;
    }
}

std::string BearerIntrospection::challenge(bool was_tried) const { return bearer_challenge(was_tried); }

std::string BearerIntrospection::trouble() const {
    std::lock_guard hold(shared_->mutex);
    return shared_->trouble;
}

} // namespace auth
