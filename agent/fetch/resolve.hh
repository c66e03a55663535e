#pragma once
// From the host of a URL to the addresses that may be connected to.
//
// Threads: any; blocks for as long as it is let.

#include "agent/base/patient_caller.hh"
#include "agent/fetch/policy.hh"
#include "agent/fetch/url.hh"

#include <chrono>
#include <stop_token>
#include <vector>

namespace fetch {

// Those that the policy admits, at least one. A literal address is its own. Error{forbidden} when none is admitted,
// Error{unavailable} when there is none, or none in time.
std::vector<Ip> admitted_addresses(const Url&, const Policy&, PatientCaller&,
                                   std::chrono::milliseconds deadline, const std::stop_token&);

} // namespace fetch
