#pragma once
// A closed-loop HTTP client: keeps its connections open and asks again as soon as it is answered.

#include <string>

namespace bench {

struct Load {
    double per_second = 0;
    double median_ms = 0, p99_ms = 0;
};

// GETs `path` on 127.0.0.1:`port` over `connections` connections, for `duration` seconds in all. Throws std::runtime_error when an
// answer is not 200.
Load load(unsigned port, const std::string& path, unsigned connections, double duration);

} // namespace bench
