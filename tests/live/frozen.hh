#pragma once
// A process that stands still (SIGSTOP) until it is let go: the fault that a hung disk or a hung daemon looks like.
//
// Threads: one at a time.

#include "agent/base/handle.hh"

#include <sys/types.h>

namespace live {

class Frozen {
public:
    // Throws std::runtime_error when there is no such process. What is held is that very process, also when it ends and
    // its number is given to another one.
    explicit Frozen(pid_t);
    Frozen(Frozen&&) noexcept = default;
    Frozen& operator=(Frozen&&) noexcept = default;
    ~Frozen() { let_go(); }

    void let_go() noexcept; // SIGCONT; idempotent

private:
    Descriptor process_;
};

} // namespace live
