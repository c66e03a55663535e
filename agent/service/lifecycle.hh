#pragma once
// What an OCCI action on a compute means to a machine, by its state: one table of steps.
//
// Threads: plan_step is a pure function; Step::run blocks and is called on the machine's queue.

#include "agent/service/node.hh"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace service {

struct Step {
    std::string what; // for the log and for messages: "stop"
    bool at_once;     // goes before everything that is under way on that machine
    std::function<void(Node&, const Uuid&, std::stop_token)> run;
};

// nullopt when the machine is already where the action leads. Throws Error{conflict} when its state does not admit it,
// Error{invalid} for a method that the action does not have.
std::optional<Step> plan_step(const occi::Invocation&, const hv::Machine&);

} // namespace service
