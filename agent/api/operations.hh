#pragma once
// What answers to other requests say of operations: those that one request has begun.
//
// Threads: any.

#include "agent/api/call.hh"
#include "agent/state/operation.hh"

#include <string>
#include <vector>

namespace api {

// 200, in the JSON that the client asked for, as /-/operations has them.
http::Response operations_document(const Call&, const std::vector<state::Operation>&);

// The path of a page of /-/operations with all of these, of which there is one; what others began meanwhile may be on
// it, too.
std::string page_of_operations(const std::vector<state::Operation>&);

} // namespace api
