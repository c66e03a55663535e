#pragma once
// What the names in a request may mean: the model's, and the mixins that who asks has.
//
// Threads: one; what was looked up is remembered for as long as it lives.

#include "agent/api/call.hh"
#include "agent/render/sent.hh"

namespace api {

render::Vocabulary vocabulary(const Call&);

} // namespace api
