#pragma once
// Process 1 of a private host: enters the namespaces, starts virtlogd and libvirtd, runs the command.
//
// Threads: one.

#include "agent/base/handle.hh"
#include "tests/private-host/cgroups.hh"
#include "tests/private-host/options.hh"
#include "tests/private-host/sockets.hh"

#include <csignal>

namespace private_host {

// Becomes the command, with the given signal mask. Returns an exit code when it cannot, said on stderr.
int become(const std::vector<std::string>& command, const Sockets&, const sigset_t& mask);

// Waits for a byte from `go`, then lives until the command has ended; its exit code. With signals() blocked; `mask` is
// the command's. Throws Error when the host cannot be made.
int live_as_init(const Options&, const Cgroups&, const Sockets&, Descriptor go, const sigset_t& mask);

} // namespace private_host
