#include "agent/auth/authenticator.hh"

#include "agent/auth/bearer.hh"
#include "agent/auth/bearer_choice.hh"
#include "agent/auth/bearer_introspection.hh"
#include "agent/auth/certificates.hh"
#include "agent/auth/passwords.hh"
#include "agent/auth/proven.hh"
#include "agent/auth/sockets.hh"
#include "agent/auth/tokens.hh"
#include "agent/base/guarded.hh"

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

namespace auth {
namespace {

using Ways = std::vector<std::unique_ptr<Way>>;

// What is shown by intention comes before what a connection has of itself.
Ways ways_of(const Options& options) {
    Ways ways;
    if (!options.passwords.empty()) ways.push_back(std::make_unique<Passwords>(options.passwords));
    if (!options.tokens.empty()) ways.push_back(std::make_unique<Tokens>(options.tokens));
    if (options.has_jwt()) ways.push_back(std::make_unique<Bearer>(bearer_options(options)));
    if (!options.introspect.empty())
        ways.push_back(std::make_unique<BearerIntrospection>(bearer_options(options)));
    if (options.certificates) ways.push_back(std::make_unique<Certificates>(options.client_map));
    if (options.is_any() || !options.socket_map.empty())
        ways.push_back(std::make_unique<Sockets>(options.socket_map));
    return ways;
}

// What a way fails at must not leave those waiting who have joined.
std::optional<Verdict> judged(Way& way, const Shown& shown, const Way::Told& tell) {
    try {
        return way.judge(shown, tell);
    } catch (const std::exception& failure) {
        Verdict unknown{std::nullopt, failure.what()};
        unknown.is_unknown = true;
        return unknown;
    }
}

} // namespace

// Never changed; an old one stays until nobody waits for it.
struct Authenticator::Chain {
    explicit Chain(Ways all) : ways(std::move(all)) {}
    Ways ways;
};

// The callbacks of checks that are under way may come when the authenticator has gone.
struct Authenticator::Memory {
    struct State {
        std::shared_ptr<Chain> chain;
        std::vector<std::shared_ptr<Chain>>
            earlier; // a check of theirs may be under way: its thread must not end them
        Proven proven;
        std::map<ProofKey, std::vector<Way::Told>> under_way;

        std::optional<Verdict> known(const ProofKey& key, std::uint64_t generation) {
            const auto* who = proven.find(key, generation);
            return who ? std::optional(Verdict{*who}) : std::nullopt;
        }
    };
    Guarded<State> state;

    void tell(const Chain* judged_by, const ProofKey& key, std::uint64_t generation, const Verdict& verdict) {
        auto waiting = state.with([&](State& is) {
            if (is.chain.get() == judged_by) is.proven.put(key, verdict, generation);
            const auto mine = is.under_way.find(key);
            if (mine == is.under_way.end()) return std::vector<Way::Told>();
            auto all = std::move(mine->second);
            is.under_way.erase(mine);
            return all;
        });
        for (const auto& told : waiting) told(verdict);
    }
};

Authenticator::Authenticator(const Options& options)
    : memory_(std::make_shared<Memory>()), options_(options) {
    auto chain = std::make_shared<Chain>(ways_of(options));
    memory_->state.with([&](Memory::State& is) { is.chain = std::move(chain); });
}

Authenticator::Authenticator(Ways ways) : memory_(std::make_shared<Memory>()) {
    memory_->state.with([&](Memory::State& is) { is.chain = std::make_shared<Chain>(std::move(ways)); });
}

// The chains go here and not with the last callback, which a thread of theirs may hold.
Authenticator::~Authenticator() {
    const auto chains = memory_->state.with([](Memory::State& is) {
        is.earlier.push_back(std::move(is.chain));
        return std::exchange(is.earlier, {});
    });
}

void Authenticator::use(const Options& options) {
    if (options == options_) return;
    auto next = std::make_shared<Chain>(ways_of(options));
    memory_->state.with([&](Memory::State& is) {
        is.earlier.push_back(std::exchange(is.chain, std::move(next)));
        is.proven.clear();
    });
    options_ = options;
}

std::shared_ptr<Authenticator::Chain> Authenticator::chain() const {
    return memory_->state.with([](const Memory::State& is) { return is.chain; });
}

bool Authenticator::is_open() const noexcept { return chain()->ways.empty(); }

// Which way the client has tried, and by which key that is remembered.
struct Authenticator::Attempt {
    std::shared_ptr<Chain> chain;
    Way* way = nullptr; // nullptr: none
    ProofKey key{};
    std::uint64_t generation = 0;

    Attempt(std::shared_ptr<Chain> that, const Shown& shown) : chain(std::move(that)) {
        const auto tried =
            std::ranges::find_if(chain->ways, [&](const auto& each) { return each->is_tried(shown); });
        if (tried == chain->ways.end()) return;
        way = tried->get();
        key = key_of(shown, static_cast<std::size_t>(tried - chain->ways.begin()));
        generation = way->generation();
    }
};

// What needs no memory either.
std::optional<Verdict> Authenticator::without_proof(const Attempt& attempt, const Shown& shown) {
    if (attempt.way) return std::nullopt;
    if (attempt.chain->ways.empty()) return Verdict{Principal{"local", Role::administrator}};
    const bool nothing = shown.authorization.empty() && shown.token.empty();
    return Verdict{std::nullopt, nothing ? "" : "what it shows is for no way that is configured"};
}

std::optional<Verdict> Authenticator::known(const Shown& shown) const {
    const Attempt attempt(chain(), shown);
    if (auto verdict = without_proof(attempt, shown)) return verdict;
    return memory_->state.with([&](Memory::State& is) { return is.known(attempt.key, attempt.generation); });
}

std::optional<Verdict> Authenticator::judge(const Shown& shown, Way::Told told) {
    const Attempt attempt(chain(), shown);
    if (auto verdict = without_proof(attempt, shown)) return verdict;
    bool is_first = false;
    auto known = memory_->state.with([&](Memory::State& is) {
        if (auto verdict = is.known(attempt.key, attempt.generation)) return verdict;
        const auto [place, is_new] = is.under_way.try_emplace(attempt.key);
        is_first = is_new;
        place->second.push_back(std::move(told));
        return std::optional<Verdict>();
    });
    if (known || !is_first) return known;
    const auto tell = [memory = memory_, judged_by = attempt.chain.get(), key = attempt.key,
                       generation = attempt.generation](const Verdict& verdict) {
        memory->tell(judged_by, key, generation, verdict);
    };
    // The callers that have joined meanwhile hear it too, and so does this one, who may not look.
    if (const auto verdict = judged(*attempt.way, shown, tell)) {
        tell(*verdict);
        return verdict;
    }
    return std::nullopt;
}

std::vector<std::string> Authenticator::challenges(const Shown& shown) const {
    std::vector<std::string> all;
    for (const auto& way : chain()->ways)
        if (auto challenge = way->challenge(way->is_tried(shown));
            !challenge.empty() && std::ranges::find(all, challenge) == all.end())
            all.push_back(std::move(challenge));
    return all;
}

} // namespace auth
