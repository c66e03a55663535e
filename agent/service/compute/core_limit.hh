#pragma once
// How many cores the machines of this host may have.
//
// Threads: any; asks the hypervisor, for very many cores only.

#include "agent/service/context.hh"

namespace service {

// Throws Error{invalid} with the number that is possible.
void refuse_too_many_cores(Context&, const hv::MachineSpec&);

} // namespace service
