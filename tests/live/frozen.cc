#include "tests/live/frozen.hh"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/syscall.h>

namespace live {
namespace {

long send(const Descriptor& process, int signal) noexcept {
    return ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
}

} // namespace

Frozen::Frozen(pid_t pid) : process_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
    if (!process_ || send(process_, SIGSTOP) != 0)
        throw std::runtime_error("freeze process " + std::to_string(pid) + ": " + std::strerror(errno));
}

void Frozen::let_go() noexcept {
    if (process_) send(process_, SIGCONT);
    process_.reset();
}

} // namespace live
