#pragma once
// How far a network leads, in the words of OCCI: "isolated", "nat", "bridge"; "other" for what only others make.
//
// Threads: any; pure functions.

#include "agent/occi/model.hh"
#include "drivers/contract/network.hh"

#include <optional>
#include <string_view>

namespace service {

std::string_view mode_name(hv::NetworkMode);
std::optional<hv::NetworkMode> mode_named(std::string_view) noexcept; // nullopt: there is none of that name

// That a client asks for; without a word of it, what the bridge says that it names. Error{invalid}.
hv::NetworkMode mode_of(const occi::Resource& wanted);

} // namespace service
