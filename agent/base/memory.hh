#pragma once
// Memory that nobody uses goes back to the kernel. glibc keeps it otherwise: after a crowd has been served, for ever.
//
// Threads: any.

// Walks through all heaps, which takes a millisecond or two: for a process that has rested.
void give_memory_back() noexcept;
