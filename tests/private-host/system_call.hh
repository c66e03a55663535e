#pragma once
// Turns the -1 of a system call into an Error.
//
// Threads: any.

#include "agent/base/error.hh"

#include <cerrno>
#include <cstring>
#include <string>

namespace private_host {

// `result`, unless it is -1: then throws Error{unavailable}: "cannot do this: Permission denied".
template <class T> T checked(T result, const std::string& what) {
    const int reason = errno;
    if (result == -1) throw Error(Fault::unavailable, what + ": " + std::strerror(reason));
    return result;
}

} // namespace private_host
