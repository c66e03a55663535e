#include "drivers/fake/gate.hh"

namespace hv::fake {
namespace {

struct Verb {
    std::string_view name;
    bool reaches_hypervisor;
};

constexpr std::array verbs{
    Verb{"compute.list", true},
    Verb{"compute.find", true},
    Verb{"compute.glance", true},
    Verb{"compute.holdings", true},
    Verb{"compute.define", true},
    Verb{"compute.start", true},
    Verb{"compute.press_power_button", true},
    Verb{"compute.power_off", true},
    Verb{"compute.discard", true},
    Verb{"compute.suspend", true},
    Verb{"compute.restart", true},
    Verb{"compute.revise", true},
    Verb{"compute.grow", true},
    Verb{"compute.attach", true},
    Verb{"compute.detach", true},
    Verb{"compute.attach_nic", true},
    Verb{"compute.detach_nic", true},
    Verb{"compute.set_link", true},
    Verb{"compute.copy_disk", true},
    Verb{"compute.remove", true},
    Verb{"storage.list", true},
    Verb{"storage.find", true},
    Verb{"storage.create", true},
    Verb{"storage.clone", true},
    Verb{"storage.import", true},
    Verb{"storage.receive", true},
    Verb{"storage.write", false}, // into a file of the host
    Verb{"storage.keep", true},
    Verb{"storage.copy", true},
    Verb{"storage.flatten", true},
    Verb{"storage.resize", true},
    Verb{"storage.remove", true},
    Verb{"storage.available", true},
    Verb{"storage.behind", false},
    Verb{"storage.settle", false},
    Verb{"storage.strays", false},
    Verb{"storage.open", false},
    Verb{"storage.discard", false},
    Verb{"network.list", true},
    Verb{"network.find", true},
    Verb{"network.create", true},
    Verb{"network.remove", true},
    Verb{"network.start", true},
    Verb{"network.stop", true},
    Verb{"network.reserve", true},
    Verb{"network.release", true},
    // These look at the host, not at the hypervisor.
    Verb{"host.propose_mac", false},
    Verb{"host.routes", false},
    Verb{"host.has_bridge", false},
    Verb{"host.describe", false},
};

} // namespace

Gate::Gate() {
    for (const auto& verb : verbs)
        passages_[std::string(verb.name)].reaches_hypervisor = verb.reaches_hypervisor;
}

const Gate::Passage& Gate::passage_of(std::string_view verb) const {
    const auto passage = passages_.find(verb);
    if (passage == passages_.end())
        throw Error(Fault::internal, "the fake driver has no verb \"" + std::string(verb) + "\"");
    return passage->second;
}

Gate::Passage& Gate::passage_of(std::string_view verb) {
    return const_cast<Passage&>(std::as_const(*this).passage_of(verb));
}

// ---- the way of a call ---------------------------------------------------------------------------------------------

void Gate::enter(std::string_view verb, const std::stop_token& stop) {
    std::unique_lock hold(mutex_);
    auto& passage = passage_of(verb);
    ++passage.calls;
    ++passage.waiting;
    moved_.notify_all();
    moved_.wait(hold, stop, [&] { return !passage.held; });
    --passage.waiting;
    fail(passage, When::before);
    if (passage.always) throw Error(*passage.always);
    if (why_lost_ && passage.reaches_hypervisor)
        throw Error(Fault::unavailable, "the hypervisor does not answer: " + *why_lost_);
}

void Gate::leave(std::string_view verb) {
    std::lock_guard hold(mutex_);
    fail(passage_of(verb), When::after);
}

void Gate::fail(Passage& passage, When when) {
    auto& failures = passage.failures.at(static_cast<std::size_t>(when));
    if (failures.empty()) return;
    auto error = std::move(failures.front());
    failures.pop_front();
    throw error;
}

// ---- the test's side -----------------------------------------------------------------------------------------------

void Gate::fail_next(std::string_view verb, Error error, When when) {
    std::lock_guard hold(mutex_);
    passage_of(verb).failures.at(static_cast<std::size_t>(when)).push_back(std::move(error));
}

void Gate::fail_always(std::string_view verb, Error error) {
    std::lock_guard hold(mutex_);
    passage_of(verb).always = std::move(error);
}

void Gate::heal(std::string_view verb) {
    std::lock_guard hold(mutex_);
    auto& passage = passage_of(verb);
    passage.always.reset();
    passage.ignored = false;
}

void Gate::ignore(std::string_view verb) {
    std::lock_guard hold(mutex_);
    passage_of(verb).ignored = true;
}

bool Gate::is_ignored(std::string_view verb) const {
    std::lock_guard hold(mutex_);
    return passage_of(verb).ignored;
}

void Gate::hold(std::string_view verb) {
    std::lock_guard hold(mutex_);
    passage_of(verb).held = true;
}

void Gate::release(std::string_view verb) {
    std::lock_guard hold(mutex_);
    passage_of(verb).held = false;
    moved_.notify_all();
}

bool Gate::wait_until_held(std::string_view verb, std::chrono::milliseconds patience) {
    std::unique_lock hold(mutex_);
    const auto& passage = passage_of(verb);
    return moved_.wait_for(hold, patience, [&] { return passage.held && passage.waiting > 0; });
}

bool Gate::lose(const std::string& why) {
    std::lock_guard hold(mutex_);
    const bool news = !why_lost_;
    why_lost_ = why;
    return news;
}

bool Gate::come_back() {
    std::lock_guard hold(mutex_);
    return std::exchange(why_lost_, std::nullopt).has_value();
}

std::optional<std::string> Gate::why_lost() const {
    std::lock_guard hold(mutex_);
    return why_lost_;
}

std::uint64_t Gate::calls(std::string_view verb) const {
    std::lock_guard hold(mutex_);
    return passage_of(verb).calls;
}

std::uint64_t Gate::calls() const {
    std::lock_guard hold(mutex_);
    std::uint64_t sum = 0;
    for (const auto& [verb, passage] : passages_) sum += passage.calls;
    return sum;
}

} // namespace hv::fake
