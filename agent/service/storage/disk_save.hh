#pragma once
// The disk that a machine boots from, saved as a storage of its own: whether that can be asked for now.
//
// Threads: any; pure functions.

#include "drivers/contract/machine.hh"

#include <string>
#include <string_view>

namespace service {

inline constexpr std::string_view save_action = "save";

// A predicate for a sentence about the machine; empty: it can be saved.
std::string why_not_saved(const hv::Machine&);

} // namespace service
