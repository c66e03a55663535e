#pragma once
// The one rule for space in the pool, whatever the way in. What is about to be written must fit beside what always
// stays free. What may be written one day, the virtual size, is promised to everybody who asks, and bounded by
// [storage] largest_gib alone.
//
// Threads: any. Failures: Error{conflict}: no room; Error{invalid}: too large; Error{unavailable}: the pool cannot be
// looked at.

#include "agent/service/context.hh"

#include <cstdint>
#include <vector>

namespace service {

// `bytes`: that will be written now; 0 for a blank disk or a clone, whose first blocks are few.
void check_room(Context&, std::uint64_t bytes);
void check_size(const Context&, std::uint64_t virtual_bytes);

// The same for disks that are planned: counts those that are to be made.
void check_room(Context&, const std::vector<hv::Disk>&);

} // namespace service
