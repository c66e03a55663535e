#pragma once
// How old what is shown is: the header Age (RFC 9111, 5.1).
//
// Threads: any.

#include "agent/service/context.hh"

#include <chrono>

namespace api {

// How long ago the hypervisor was last seen to have the entity like this.
std::chrono::seconds age_of(const service::Context&, const Uuid&);

} // namespace api
