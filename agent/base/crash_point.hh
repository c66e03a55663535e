#pragma once
// A place where tests may kill the program, to prove that what is journalled there survives. The agent that is
// installed is linked with a function that does nothing (agent/no_crash_points.cc); tests/support/crash_point.cc is the
// other one.
//
// Threads: any.

#include <string>

// `name` says what is about to happen or has happened: "create compute/define/before".
void crash_point(const std::string& name) noexcept;
