#pragma once
// What an OCCI action on a compute means to a machine, by its state: one table, and the kinds of operation that it
// makes.
//
// Threads: any; the steps of an operation block and run on the machine's queue.

#include "agent/service/context.hh"
#include "agent/service/operation_kinds.hh"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace service {

// The kind of operation that the action asks for. Throws Error{conflict} when `settled` says that nothing is under way
// on the machine and its state does not admit the action, or it is already where that leads; otherwise its state is
// looked at again when its turn has come. Error{busy} when it does not react, Error{invalid} for a method that the
// action does not have.
KindOfOperation operation_for(const occi::Invocation&, const hv::Machine&, bool settled);

// Why the machine's state does not admit the action with that method; empty: it does. Error{invalid} as above.
std::string why_not(const occi::Invocation&, const hv::Machine&);

// The actions that the machine's state admits now, by one of their methods at least, in the order of the model.
std::vector<const occi::Action*> actions_now(const hv::Machine&, const occi::Model&);

// One kind for each row of the table. `ended` is called with each operation that has ended.
std::vector<state::OperationKind> lifecycle_kinds(Context&,
                                                  std::function<void(const state::Operation&)> ended);

} // namespace service
