#pragma once
// Doing something until it is done: removals are never given up, since what is half removed belongs to nobody.

#include "agent/service/node.hh"

#include <functional>
#include <stop_token>
#include <string>

namespace service {

// Calls `attempt` until it returns without throwing or a stop is asked for (at the agent's end: the next start goes on). Between
// two attempts it waits a little, and for a connection. Whether it was done.
bool until_done(Node&, const std::string& what, std::stop_token, const std::function<void()>& attempt);

} // namespace service
