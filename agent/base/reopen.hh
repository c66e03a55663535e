#pragma once
// To open is to act already: a process that waits at the other end of a pipe is let go, some devices begin their
// work. So what others name is looked at first, through a descriptor made with O_PATH, and this opens the very thing
// that was looked at, whatever has taken its name since.
//
// Threads: any.

#include "agent/base/handle.hh"

#include <fcntl.h>
#include <string>

// Empty: see errno.
inline Descriptor reopen(const Descriptor& looked_at, int flags) {
    const auto same = "/proc/self/fd/" + std::to_string(looked_at.get());
    return Descriptor(::open(same.c_str(), flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
}
