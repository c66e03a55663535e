#pragma once
// One operation on its way to its end. Nobody but Operations includes this.
//
// Threads: one at a time has it; what it shares with the queue (Live) it touches with the queue's lock held.

#include "agent/state/operations.hh"

#include <memory>

namespace state {

// An operation that has not ended.
struct Operations::Live {
    Operation operation; // as last told; the thread that runs it has its own
    const OperationKind* kind;
    Work work;
    std::stop_source stop{};
    bool planned = false; // the journal has it
    bool running = false;
    bool cancelled = false, beyond = false; // the point of no return
    // Waits to be tried again, until then or until it is cancelled; no thread has it.
    std::optional<Steady::time_point> rests_until{};
    bool rests_cancelled = false; // was so before it came to rest
    std::unique_ptr<Running> way{};
    bool settled = false; // all that it changes is changed and shown; only its end is not written down yet
    std::string cancelled_by{};
};

class Operations::Running : public Task {
public:
    Running(Operations& owner, Live& live) : owner_(owner), live_(live), operation_(live.operation) {}

    // Whether it rests: it is to be called again. Otherwise it is over, or the agent ends.
    bool run();

    const Operation& operation() const override { return operation_; }
    std::stop_token stop() const override;
    void progress(unsigned percent) override;
    bool wait_for_passed() override;

private:
    enum class Way { through, rests, ends };
    struct End {
        Stage stage;
        Fault fault;
        std::string message;
    };

    void take_up();
    // The stage says whether the way is back from here.
    Way go_forward();
    void go_through(const Step&);
    Way meet_failure(const std::exception&);
    Way turn_back(Fault, const std::string& why);
    Way go_back();
    Way finish();

    // Into the journal, then to everybody.
    void tell(Database::Sync);
    void settle();
    bool pass_point_of_no_return();
    bool is_beyond() const;
    bool cancelled() const;
    bool closing() const;
    unsigned overall(unsigned percent_of_step) const;
    const Step& current() const { return live_.work.steps[operation_.step]; }
    std::string point(const char* where) const;

    Operations& owner_;
    Live& live_;
    Operation operation_;
    bool taken_up_ = false;
    bool redo_ = false;     // the step had begun: what it did is taken back first
    unsigned attempts_ = 0; // at this step
    std::optional<End> end_;
};

} // namespace state
