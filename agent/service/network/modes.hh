#pragma once
// How far a network leads, in the words of OCCI: "isolated", "nat", "bridge"; "other" for what only others make.
//
// Threads: any; pure functions.

#include "agent/occi/model.hh"
#include "drivers/contract/network.hh"

#include <string_view>

namespace service {

std::string_view mode_name(hv::NetworkMode);

// That a client asks for; without a word of it, what the bridge says that it names. Error{invalid}.
hv::NetworkMode mode_of(const occi::Resource& wanted);

} // namespace service
