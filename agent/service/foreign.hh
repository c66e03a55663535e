#pragma once
// The refusal to change what others have made.
//
// Threads: any.

#include "agent/service/context.hh"

#include <string>

namespace service {

// `thing`: "compute", "network". Throws Error{forbidden}; Error{unavailable} for one with our mark while a new store
// has not yet taken over what is ours.
[[noreturn]] void refuse_foreign(const Context&, const state::Snapshot&, const std::string& thing,
                                 const Uuid&);

} // namespace service
