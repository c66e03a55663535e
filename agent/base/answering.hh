#pragma once
// Which threads answer others: requests, or whoever looks at the newest snapshot. A call that waits for a disk or a
// hypervisor which stands still lets these threads go soon, so that they can say so; every other thread can wait.
//
// Threads: any; each speaks of itself.

namespace answering {

void mark_this_thread() noexcept; // until it ends
bool is_this_thread() noexcept;

} // namespace answering
