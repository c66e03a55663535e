#pragma once
// What the names in a request may mean: the categories of the model, and the mixins of the caller.
//
// Threads: one; what was looked up is remembered for as long as it lives.

#include "agent/api/call.hh"
#include "agent/render/sent.hh"

namespace api {

render::Vocabulary vocabulary(const Call&);

} // namespace api
