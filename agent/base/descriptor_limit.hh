#pragma once
// How many file descriptors this process may have. Most systems start one with few (1024), since select(2) can take no
// more, and let it raise that itself; nothing here uses select(2).
//
// Threads: any; meant for the start of a program.

#include <cstddef>

// Raises the limit to the most that the system allows, and returns the new one.
std::size_t raise_descriptor_limit() noexcept;
