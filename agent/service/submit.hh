#pragma once
// How a service submits an operation of one of its kinds.
//
// Threads: any; what state::Operations::submit does.

#include "agent/service/context.hh"
#include "agent/service/operation_kinds.hh"
#include "agent/service/plans.hh"
#include "agent/service/terms.hh"

#include <functional>

namespace service {

// Throws what state::Operations::submit throws. The precondition in the terms is looked at as the kind's verb wants:
// for a change, when nothing is under way on the target and nobody else can begin; for a removal, whose caller has
// looked at it before the target was marked as leaving, only that nothing else is under way; for a creation never, as
// its target is new. `placed`: as of state::Operations::Wish.
state::Operation submit(Context&, KindOfOperation, const Uuid& target, const Terms&, const Plan& = {},
                        std::function<void()> placed = {});

} // namespace service
