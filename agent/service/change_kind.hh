#pragma once
// The kinds of operation that change a thing which is there and whose record we keep: a network, a storage.
//
// Threads: any; steps run on the thing's own queue.

#include "agent/service/context.hh"
#include "agent/service/operation_kinds.hh"

#include <functional>
#include <vector>

namespace service {

// When it has ended, the thing is read again by `reread`, and is shown with why it failed, if it has.
state::OperationKind change_kind(Context&, KindOfOperation,
                                 std::function<std::vector<state::Step>(const state::Operation&)> steps,
                                 void (state::Inventory::*reread)(const Uuid&));

} // namespace service
