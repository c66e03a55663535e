#pragma once
// How a child is kept in its Cage (process.hh): whatever can be prepared is prepared before the fork; then the child
// locks itself in.
//
// Threads: one owner at a time.

#include "agent/base/handle.hh"
#include "agent/base/process.hh"

namespace process {

class Bars {
public:
    explicit Bars(const Cage&);
    // In the child, before it becomes the program: calls of the system only. False when it must not go on.
    bool close_around_me() const noexcept;

private:
    const std::uint64_t most_memory_;
    Descriptor rules_; // of Landlock; none where the kernel has not got it
};

} // namespace process
