#pragma once
// Several entities that are made by one request: all of them, or none (GFD.185, 3.6.4).
//
// Threads: any.

#include "agent/api/call.hh"
#include "agent/api/wanted.hh"

#include <functional>
#include <vector>

namespace api {

using MakeOne = std::function<service::Made(const Wanted&)>;

// Makes one after the other. 201 with their locations when each is there, where its kind has it so (a network, a link);
// 202 when that takes longer, or the client does not wait: Location leads to the operations, and the body has them in
// JSON, the locations in text. When one cannot be made, or comes to nothing, the others are removed before the answer
// says why.
http::Response make_all(const Call&, const occi::Kind&, const std::vector<Wanted>&, const MakeOne&);

// Does nothing when it has ended.
void cancel_if_under_way(state::Operations&, const state::Operation&, const auth::Principal&);

} // namespace api
