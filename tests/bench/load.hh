#pragma once
// HTTP clients that keep their connections open: one that asks again as soon as it is answered, and one that asks on
// time. Both throw std::runtime_error when an answer is not 200.

#include "agent/base/handle.hh"

#include <string>
#include <vector>

namespace bench {

struct Load {
    double per_second = 0;
    double median_ms = 0, p99_ms = 0;
};

// GETs `path` on 127.0.0.1:`port` over `connections` connections, for `duration` seconds in all. `accept`: what the
// client takes;
// empty: it does not say.
Load load(unsigned port, const std::string& path, unsigned connections, double duration,
          const std::string& accept = {});

// GETs `path` over one connection, `per_second`, for `duration` seconds: the milliseconds that each answer took. They
// count from when it was due to be asked, so that a server that hangs for a second shows in all answers of that second;
// but a client that overslept asks later.
std::vector<double> paced(unsigned port, const std::string& path, double per_second, double duration);

// A connection to 127.0.0.1:`port`, and one byte sent over it: false when it is there no more.
Descriptor connect(unsigned port);
bool send_byte(const Descriptor&, char);

} // namespace bench
