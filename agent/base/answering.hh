#pragma once
// Which threads answer others: requests, or whoever looks at the newest snapshot. What is made to wait for a disk or a
// hypervisor that stands still lets these go soon, so that they can say so; every other thread can wait.
//
// Threads: any; each speaks of itself.

namespace answering {

void mark_this_thread() noexcept; // until it ends
bool is_this_thread() noexcept;

} // namespace answering
