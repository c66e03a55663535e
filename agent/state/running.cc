#include "agent/state/running.hh"

#include "agent/base/clock.hh"
#include "agent/base/crash_point.hh"
#include "agent/base/log.hh"

#include <algorithm>
#include <utility>

namespace state {
namespace {

using Clock = std::chrono::system_clock;
using Sync = Database::Sync;

constexpr unsigned most_attempts = 5; // at a step that says "not now"
constexpr std::chrono::milliseconds patience_with_passed = std::chrono::seconds(3);

bool may_pass(Fault fault) noexcept {
    return fault == Fault::busy || fault == Fault::unavailable || fault == Fault::timeout;
}

Fault fault_of(const std::exception& failure) {
    const auto* known = dynamic_cast<const Error*>(&failure);
    return known ? known->fault() : Fault::internal;
}

} // namespace

// ---- what its steps may ask ----------------------------------------------------------------------------------------

// Who takes back must not be stopped by the cancelling that made him do so.
std::stop_token Running::stop() const {
    return operation_.stage == Stage::running ? live_.stop.get_token() : owner_.ending_.get_token();
}

void Running::progress(unsigned percent) {
    const auto all = overall(std::min(percent, 100U));
    if (all == operation_.percent) return;
    operation_.percent = all;
    tell(Sync::later);
}

// Only for what runs: the rest is cancelled before its first step, and may have to wait for this very thread.
bool Running::wait_for_passed() {
    const auto passed = [this] { return owner_.queue_.runs_beside_earlier(live_); };
    std::unique_lock hold(owner_.mutex_);
    const bool has_ended =
        std::exchange(passes_, false); // since the last look, and perhaps after what is done here
    if (!passed()) return has_ended;
    owner_.changed_.wait_for(hold, patience_with_passed, [&] { return owner_.closing_ || !passed(); });
    if (owner_.closing_ && passed())
        throw Error(Fault::unavailable, "the agent is stopping"); // both go on at the next start
    if (passed()) throw Error(Fault::busy, "what was under way has not ended yet");
    return true;
}

// ---- the way -------------------------------------------------------------------------------------------------------

bool Running::run() {
    if (!std::exchange(taken_up_, true)) take_up();
    if (!end_ && operation_.stage == Stage::running) {
        if (const auto way = go_forward(); way != Way::through) return way == Way::rests;
        if (operation_.stage == Stage::running) end_ = {Stage::done, Fault::internal, ""};
    }
    if (!end_) {
        if (const auto way = go_back(); way != Way::through) return way == Way::rests;
        end_ = {cancelled() ? Stage::cancelled : Stage::failed, operation_.fault, operation_.message};
    }
    return finish() == Way::rests;
}

void Running::take_up() {
    if (operation_.stage == Stage::undoing) return;
    const bool begun = operation_.started != Time{};
    operation_.steps = static_cast<unsigned>(live_.work.steps.size());
    if (!begun) operation_.started = Clock::now();
    operation_.stage = Stage::running;
    redo_ = begun;
    if (begun && live_.kind->at_start == OperationKind::AtStart::fail)
        end_ = {Stage::failed, Fault::timeout,
                "the agent ended while it was under way: whether it happened is not known"};
}

Running::Way Running::go_forward() {
    while (operation_.step < live_.work.steps.size()) {
        const auto& step = current();
        if (closing()) return Way::ends;
        if (cancelled()) return turn_back(Fault::conflict, "");
        if (step.no_return && !pass_point_of_no_return()) continue;
        operation_.step_name = step.name;
        operation_.percent = overall(0);
        try {
            go_through(step);
        } catch (const std::exception& failure) {
            return meet_failure(failure);
        }
        ++operation_.step;
        attempts_ = 0;
        operation_.message.clear();
    }
    return Way::through;
}

void Running::look_at_passed() {
    std::lock_guard hold(owner_.mutex_);
    passes_ = owner_.queue_.runs_beside_earlier(live_);
}

void Running::go_through(const Step& step) {
    tell(step.no_return && live_.kind->synced ? Sync::now : Sync::later);
    crash_point(point("before"));
    if (std::exchange(redo_, false) && step.undo) step.undo(*this);
    look_at_passed();
    step.run(*this);
    if (step.see) step.see(*this);
    crash_point(point("after"));
}

Running::Way Running::meet_failure(const std::exception& failure) {
    if (closing()) return Way::ends;
    if (cancelled()) return turn_back(Fault::conflict, "");
    const auto fault = fault_of(failure);
    // What is asked for at once may have to wait for its turn among others of its kind.
    const bool waits = fault == Fault::timeout || (fault == Fault::busy && live_.kind->at_once);
    const bool given_up = !waits && ++attempts_ >= most_attempts;
    if ((!may_pass(fault) || given_up) && !is_beyond()) return turn_back(fault, failure.what());
    if (operation_.message != failure.what()) {
        logging::warning("{} {}: {}; it will be tried again", operation_.kind, operation_.target,
                         failure.what());
        operation_.message = failure.what();
        tell(Sync::later);
    }
    redo_ = true;
    return Way::rests;
}

// While undoing, operation_.step counts the steps that are still to be taken back: the one that had begun is among
// them.
Running::Way Running::turn_back(Fault fault, const std::string& why) {
    operation_.stage = Stage::undoing;
    operation_.fault = fault;
    operation_.message = why;
    if (why.empty()) {
        std::lock_guard hold(owner_.mutex_);
        operation_.message = live_.cancelled_by;
    }
    const auto& steps = live_.work.steps;
    if (operation_.step < steps.size() && operation_.step_name == steps[operation_.step].name)
        ++operation_.step;
    tell(Sync::later);
    return Way::through;
}

Running::Way Running::go_back() {
    while (operation_.step > 0) {
        const auto& step = live_.work.steps[operation_.step - 1];
        operation_.step_name = step.name;
        try {
            crash_point(point("undo"));
            if (step.undo) step.undo(*this);
        } catch (const std::exception& failure) {
            if (closing()) return Way::ends;
            logging::warning("taking back {} {}: {}; it will be tried again", operation_.kind,
                             operation_.target, failure.what());
            return Way::rests;
        }
        --operation_.step;
        tell(Sync::later);
    }
    return Way::through;
}

Running::Way Running::finish() {
    operation_.stage = end_->stage;
    operation_.fault = end_->fault;
    operation_.message = end_->message;
    operation_.ended = Clock::now();
    if (end_->stage == Stage::done) operation_.percent = 100;
    try {
        crash_point(point("end"));
        if (live_.work.ended) live_.work.ended(operation_);
        settle();
        tell(live_.kind->synced ? Sync::now : Sync::later);
    } catch (const std::exception& failure) {
        if (closing()) return Way::ends;
        logging::warning("the end of {} {}: {}; it will be tried again", operation_.kind, operation_.target,
                         failure.what());
        return Way::rests;
    }
    if (end_->stage == Stage::done)
        logging::info("{} {}: done", operation_.kind, operation_.target);
    else
        logging::warning("{} {}: {}: {}", operation_.kind, operation_.target, to_text(end_->stage),
                         end_->message);
    return Way::through;
}

// ---- what it shares with the queue ---------------------------------------------------------------------------------

// A failure between plan and result costs only the way back to here after a crash.
void Running::tell(Sync sync) {
    try {
        owner_.journal_.save(operation_, sync, live_.kind->keeps_plan);
    } catch (const Error& failure) {
        if (sync == Sync::now) throw;
        logging::warning("{} {}: {}", operation_.kind, operation_.target, failure.what());
    }
    {
        std::lock_guard hold(owner_.mutex_);
        live_.operation = operation_;
    }
    if (owner_.hooks_.told) owner_.hooks_.told(operation_);
}

void Running::settle() {
    std::lock_guard hold(owner_.mutex_);
    live_.settled = true;
}

// From this on cancelling is refused; false when it has been cancelled already.
bool Running::pass_point_of_no_return() {
    std::lock_guard hold(owner_.mutex_);
    if (!live_.cancelled) live_.beyond = true;
    return live_.beyond;
}

bool Running::is_beyond() const {
    std::lock_guard hold(owner_.mutex_);
    return live_.beyond;
}

bool Running::cancelled() const {
    std::lock_guard hold(owner_.mutex_);
    return live_.cancelled && !live_.beyond;
}

bool Running::closing() const {
    std::lock_guard hold(owner_.mutex_);
    return owner_.closing_;
}

unsigned Running::overall(unsigned percent_of_step) const {
    return operation_.steps == 0 ? 0 : (operation_.step * 100 + percent_of_step) / operation_.steps;
}

std::string Running::point(const char* where) const {
    return operation_.kind + "/" + operation_.step_name + "/" + where;
}

} // namespace state
