#pragma once
// The table that the live tests close with: what was done to the agent, and what was seen.
//
// Threads: one, the one that runs the tests.

#include <string>

namespace live {

// `seen`: facts and figures of this run, not a verdict; the test itself judges.
void row(const std::string& done, const std::string& seen);

} // namespace live
