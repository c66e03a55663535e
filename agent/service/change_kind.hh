#pragma once
// The kinds of operation that change a thing which is there and whose record we keep: a network, a storage.
//
// Threads: any; steps run on the thing's own queue.

#include "agent/service/context.hh"
#include "agent/service/operation_kinds.hh"

#include <functional>
#include <string>
#include <vector>

namespace service {

// Why what was asked of a thing has failed, for the thing to be shown with; empty: it has not.
std::string trouble_of(const state::Operation& ended);

// When the operation has ended, `reread` reads the thing again, which is shown with the reason when the operation
// failed.
state::OperationKind change_kind(Context&, KindOfOperation,
                                 std::function<std::vector<state::Step>(const state::Operation&)> steps,
                                 void (state::Inventory::*reread)(const Uuid&));

} // namespace service
