#pragma once
// What was asked of a thing while it was being made waits for that in the queue of its operations. When the making came
// to nothing, so does the rest, with a sentence that says so.
//
// Threads: any.

#include "agent/service/context.hh"
#include "agent/state/work.hh"

namespace service {

// Throws Error{conflict} with the reason when the making of that compute or storage has failed.
void refuse_unmade(const Context&, const Uuid&);

// The same work, which begins with that question.
state::Work unless_unmade(const Context&, const Uuid&, state::Work);

} // namespace service
