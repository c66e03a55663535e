#pragma once
// Answers that wait for the end of an operation, without holding a worker.
//
// Threads: any.

#include "agent/http/types.hh"
#include "agent/state/operations.hh"

#include <chrono>
#include <functional>
#include <optional>

namespace api {

// Calls `answer` with the operation when it has ended, or with nullopt when `patience` is over before that. `answer`
// may throw what a handler may.
http::Response when_ended(state::Operations&, const std::string& operation,
                          std::chrono::milliseconds patience,
                          std::function<http::Response(const std::optional<state::Operation>&)> answer);

} // namespace api
