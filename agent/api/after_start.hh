#pragma once
// What is to be made in the first moments of the agent waits for the first listing of the host, and for what the agent
// itself begins then, such as the default network: a client need not know that it has come too early.
//
// Threads: any. Nobody is held up: the answer is parked (http::Later).

#include "agent/api/call.hh"

#include <functional>

namespace api {

// What `work` returns, now or when the start is over; that is also when libvirt is known not to answer, and some
// seconds after the agent's begin in any case.
http::Response after_start(const Call&, const std::function<http::Response(const Call&)>& work);

} // namespace api
