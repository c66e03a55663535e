#pragma once
// One operation on its way to its end. Nobody but Operations includes this.
//
// Threads: one at a time has it; what it shares with the queue (Live) it touches with the queue's lock held.

#include "agent/state/operations.hh"

namespace state {

class Running : public Task {
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
    void look_at_passed();
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
    bool passes_ = false;   // something that it was let run beside, when it last looked
    bool redo_ = false;     // the step had begun: what it did is taken back first
    unsigned attempts_ = 0; // at this step
    std::optional<End> end_;
};

} // namespace state
