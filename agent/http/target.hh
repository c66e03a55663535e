#pragma once
// What a request asks for: takes the target of the request line apart.
//
// Threads: any; pure functions. Failures: Refusal 400.

#include "agent/http/types.hh"

namespace http {

// Fills in path and query of `head` from its target, method and host; an absolute target that names this host is cut
// down to path and query.
void settle_target(Head& head);

} // namespace http
