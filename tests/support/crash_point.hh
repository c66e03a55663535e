#pragma once
// The crash points of the program under test, as seen by the test: see agent/base/crash_point.hh. What the environment
// may say is in crash_point.cc.
//
// Threads: any.

#include <functional>
#include <string>

namespace support {

// From now on `hook` is called with the name of each point that is passed, on the thread that passes it, and must not
// throw;
// empty: nobody is.
void at_crash_points(std::function<void(const std::string&)> hook);

} // namespace support
