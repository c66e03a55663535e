#pragma once
// What an operation does: its steps, and the kinds that plan them.
//
// What is under way when the process dies is taken up at the next start: the step that had begun is taken back and run
// again. So a step must be such that run() after undo() is as good as run() alone, and undo() removes nothing but what
// this operation made.
//
// How a step may end:
// - it returns: the next one;
// - it throws Error{timeout}: nobody knows whether it happened. It is waited a little, taken back if it has an undo,
//   and run again; it is never given up for that reason;
// - it throws Error{busy, unavailable}: it is not the time. The same, but given up as below after some attempts;
//   waiting for a hypervisor that is away is none;
// - it throws anything else: what was done is taken back, last step first, and the operation has failed. Beyond the
//   point of no return it is run again instead, until it succeeds.
//
// Threads: values; run(), undo() and see() are called on threads of Operations, one at a time for each operation.

#include "agent/base/uuid.hh"
#include "agent/state/operation.hh"

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace state {

// What a step is given.
class Task {
public:
    virtual ~Task() = default;
    virtual const Operation& operation() const = 0;
    // Asked for when the agent ends and, unless this is the way back, when the operation is cancelled; what takes long
    // should look at it, and throw.
    virtual std::stop_token stop() const = 0;
    // How far this step is, 0 to 100.
    virtual void progress(unsigned percent) = 0;
    // Of what is asked for at once: waits until everything has ended that it cancelled and was let run beside. Whether
    // there was anything, now or since this step began or has asked that before: that may have had its effect all the
    // same, and later than this one. Error{busy}: it does not
    // end soon, so this step is to be run again rather than hold its thread.
    virtual bool wait_for_passed() = 0;
};

struct Step {
    std::string name; // "clone vda"
    std::function<void(Task&)> run;
    std::function<void(Task&)> undo{}; // empty: there is nothing to take back
    bool no_return = false;            // from its beginning on the operation can only go on
    // What was asked for is not done before it was seen: called after run(), waits for that, and throws what was seen
    // instead.
    std::function<void(Task&)> see{};
};

struct Work {
    std::vector<Step> steps;
    // Called when it is done, failed or cancelled and nothing of it goes on, before the journal says so; so perhaps
    // once more after a crash. What it throws is tried again.
    std::function<void(const Operation&)> ended{};
    std::vector<Uuid> after{}; // begins when nothing that was submitted earlier is left on these
};

// How the operations of a kind are run.
struct OperationTraits {
    // Each has threads of its own, so that no crowd of one stands in the way of another.
    enum class Weight {
        light,
        heavy, // makes or starts a machine: as many at once as the hypervisor is to be given
        bulk,  // moves many bytes: a few at once
        urgent // what is asked for at once, and nothing else
    } weight = Weight::light;
    static constexpr std::size_t weights = 4; // so many there are
    enum class AtStart {
        go_on,
        fail
    } at_start = AtStart::go_on; // fail: to do it twice would be worse than not to
    // Does not wait behind what is under way on its target: that is cancelled, and what waits is; but not what is of
    // the same kind.
    bool at_once = false;
    // What is asked for at once may run beside it, once it is cancelled. What takes away what this one changes waits
    // for its end (Task::wait_for_passed) before it does.
    bool gives_way = false;
    bool synced =
        true; // several steps, so its plan and its result reach the disk before anybody hears of them
    // Makes its target. What is asked for at once and only changes the target waits for it, like everything else; what
    // removes the target cancels it.
    bool makes = false;
    bool removes = false;
    // Ends or removes something: it may also begin while the journal's disk is full, on what is kept back there.
    bool frees = false;
    // What it made is read from its plan, also when it has ended.
    bool keeps_plan = false;
};

struct OperationKind : OperationTraits {
    std::string name;                           // "create compute"
    std::function<Work(const Operation&)> work; // from the plan alone; may throw, then the operation fails
};

} // namespace state
