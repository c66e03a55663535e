#include "agent/auth/bearer_keys.hh"

#include "agent/auth/bearer_source.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::system_clock::time_point;

constexpr std::size_t most_waiting = 1024;
// Between two questions: to an issuer; to one of whom there is no set yet; between two looks at a file.
constexpr std::chrono::seconds pause = 60s, pause_at_first = 5s, pause_of_file = 1s;

} // namespace

struct BearerKeys::Shared {
    explicit Shared(const BearerOptions& given) : options(given), source(given) {}

    const BearerOptions options;
    BearerSource source; // the errand's that is under way
    std::stop_source stop;

    mutable std::mutex mutex; // of all below
    std::condition_variable ended;
    Set set;
    Time fetched{}, good_until{};
    std::optional<Time> tried; // when the last question began
    std::string trouble;
    bool is_under_way = false;
    unsigned at_work = 0; // errands that have not returned
    std::vector<Seen> waiting;

    // Clocks are set back, too: what was in the future then is as good as old.
    bool is_fresh(Time now) const { return set && now < good_until && now >= fetched; }
    bool may_try(Time now) const {
        const auto least = source.is_file() ? pause_of_file : set ? pause : pause_at_first;
        return !tried || now >= *tried + least || now < *tried;
    }
    void refresh() noexcept; // on a thread of the crew
    void take(const std::optional<BearerSource::Fetched>&);
};

void BearerKeys::Shared::take(const std::optional<BearerSource::Fetched>& got) {
    const auto next = got ? std::make_shared<const BearerKeySet>(BearerKeySet::parse(got->jwks)) : nullptr;
    if (next && next->ignored > 0)
        logging::warning("the keys of issuer {}: {} are used, and {} passed over",
                         text::printable(options.issuer), next->keys.size(), next->ignored);
    const auto now = options.now();
    std::lock_guard hold(mutex);
    if (next) set = next;
    fetched = now;
    good_until = now + (got ? got->good_for : pause_of_file);
    if (!trouble.empty())
        logging::info("the keys of issuer {} can be had again", text::printable(options.issuer));
    trouble.clear();
}

void BearerKeys::Shared::refresh() noexcept {
    std::string failed;
    try {
        take(source.fetch(stop.get_token()));
    } catch (const std::exception& failure) {
        failed = failure.what();
        if (failed.empty()) failed = "no keys";
        source.forget();
    }
    std::vector<Seen> told;
    Set now_known;
    bool is_new = false;
    {
        std::lock_guard hold(mutex);
        if (!failed.empty()) is_new = std::exchange(trouble, failed) != failed;
        told = std::exchange(waiting, {});
        is_under_way = false;
        now_known = set;
    }
    if (is_new && !stop.stop_requested())
        logging::warning("the keys of issuer {} cannot be had{}: {}", text::printable(options.issuer),
                         now_known ? ", and the last ones count" : "", text::printable(failed, 300));
    for (const auto& seen : told) seen(now_known);
    std::lock_guard hold(mutex);
    --at_work;
    ended.notify_all();
}

BearerKeys::BearerKeys(const BearerOptions& options) : shared_(std::make_shared<Shared>(options)) {}

BearerKeys::~BearerKeys() {
    shared_->stop.request_stop();
    std::unique_lock hold(shared_->mutex);
    shared_->ended.wait_for(hold, 2s, [&] { return shared_->at_work == 0; });
}

std::optional<BearerKeys::Set> BearerKeys::look(Seen seen) {
    auto wait = Wait::yes;
    {
        const auto now = shared_->options.now();
        std::lock_guard hold(shared_->mutex);
        if (shared_->is_fresh(now)) return shared_->set;
        // Nobody waits for an issuer who was away when he was asked last.
        if (shared_->set && !shared_->trouble.empty()) wait = Wait::no;
    }
    return refresh(wait, std::move(seen));
}

std::optional<BearerKeys::Set> BearerKeys::look_again(Seen seen) {
    return refresh(Wait::yes, std::move(seen));
}

std::optional<BearerKeys::Set> BearerKeys::refresh(Wait wait, Seen seen) {
    auto& shared = *shared_;
    const auto now = shared.options.now();
    bool begins = false;
    {
        std::lock_guard hold(shared.mutex);
        const bool waits = wait == Wait::yes && shared.waiting.size() < most_waiting;
        begins = !shared.is_under_way && shared.may_try(now);
        if (!begins && (!shared.is_under_way || !waits)) return shared.set;
        if (waits) shared.waiting.push_back(std::move(seen));
        if (!begins) return std::nullopt;
        shared.is_under_way = true;
        shared.tried = now;
        ++shared.at_work;
        if (!waits) wait = Wait::no;
    }
    try {
        crew_.run([shared = shared_] { shared->refresh(); });
    } catch (const Error& failure) {
        return give_up(wait, failure.what());
    }
    if (wait == Wait::yes) return std::nullopt;
    std::lock_guard hold(shared.mutex);
    return shared.set;
}

// There is no thread to be had. Ours would be the first of those who wait, and is answered at once.
BearerKeys::Set BearerKeys::give_up(Wait wait, const std::string& why) {
    std::vector<Seen> told;
    Set known;
    {
        std::lock_guard hold(shared_->mutex);
        shared_->is_under_way = false;
        --shared_->at_work;
        shared_->trouble = why;
        told = std::exchange(shared_->waiting, {});
        known = shared_->set;
    }
    for (std::size_t i = wait == Wait::yes ? 1 : 0; i < told.size(); ++i) told[i](known);
    return known;
}

std::string BearerKeys::trouble() const {
    std::lock_guard hold(shared_->mutex);
    return shared_->trouble;
}

} // namespace auth
