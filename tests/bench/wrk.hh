#pragma once
// wrk, the load generator that others use as well: how many GETs a server answers in a second. It has one thread, so
// that client and server share the machine in the same way on both sides.
//
// Throws std::runtime_error when it is not installed, and when an answer is not 200.

#include <string>

namespace bench {

// `url`: http or https on loopback. `header`: one more, whole; empty: none.
double wrk(const std::string& url, unsigned connections, unsigned seconds, const std::string& header = {});

} // namespace bench
