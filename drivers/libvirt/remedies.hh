#pragma once
// What an operator can do about what libvirt complains of: rows of words that its sentences have.
//
// Threads: any; a pure function.

#include <string_view>

namespace hv::libvirt {

// Begins lower case and has no full stop; empty: nothing is known to help.
std::string_view remedy_for(std::string_view sentence) noexcept;

} // namespace hv::libvirt
