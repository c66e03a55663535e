#include "agent/auth/bearer_introspection.hh"

#include "agent/auth/bearer_client.hh"
#include "agent/auth/bearer_shown.hh"
#include "agent/auth/bearer_token.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace auth {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_at_work = 16;
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
    std::size_t at_work = 0; // errands that have not returned
    std::string trouble;

    Verdict find_out(std::string_view token);
    Verdict judge(const BearerClaims&) const;
    bool begin();
    void end() noexcept;
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

// Whether the issuer may be asked about one more.
bool BearerIntrospection::Shared::begin() {
    std::lock_guard hold(mutex);
    if (at_work >= most_at_work) return false;
    ++at_work;
    return true;
}

void BearerIntrospection::Shared::end() noexcept {
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

bool BearerIntrospection::is_tried(const Shown& shown) const noexcept { return !token_in(shown).empty(); }

std::optional<Verdict> BearerIntrospection::judge(const Shown& shown, Told told) {
    const auto token = token_in(shown);
    if (token.size() > longest_bearer_token) return refused("it is too long");
    if (!shared_->begin()) return not_known("the issuer is asked about too many at a time");
    try {
        const auto kept = std::make_shared<const Secret>(token);
        crew_.run([shared = shared_, kept, told = std::move(told)] {
            const auto verdict = shared->find_out(kept->reveal());
            shared->end();
            told(verdict);
        });
        return std::nullopt;
    } catch (const Error& failure) { // there is no thread to be had
        shared_->end();
        return not_known(failure.what());
    }
}

std::string BearerIntrospection::challenge(bool was_tried) const { return bearer_challenge(was_tried); }

std::string BearerIntrospection::trouble() const {
    std::lock_guard hold(shared_->mutex);
    return shared_->trouble;
}

} // namespace auth
