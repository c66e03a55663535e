#pragma once
// Waits for a child while it passes signals on and reaps whatever else ends. Process 1 of a private host lives in here:
// the daemons' orphans become its children.
//
// Threads: one, with signals() blocked.

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <sys/types.h>

namespace private_host {

// What is blocked before the first fork and read here: SIGCHLD, and every signal that asks a program to end or to do
// something.
sigset_t signals();

// Exit code of a status of wait(2): 128 + N for signal N.
int exit_code(int status) noexcept;

// The status of `child` once it has ended; nullopt when `patience` is over before (0: no end). A signal that was sent
// to us alone goes to `forward`; one from the terminal does not, since the terminal sent it to `child` as well.
std::optional<int> await(pid_t child, const std::function<void(int signal)>& forward,
                         std::chrono::seconds patience = {});

} // namespace private_host
