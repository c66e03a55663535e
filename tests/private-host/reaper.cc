#include "tests/private-host/reaper.hh"

#include <cerrno>
#include <initializer_list>
#include <sys/wait.h>

namespace private_host {
namespace {

using Clock = std::chrono::steady_clock;

std::optional<int> reap(pid_t wanted) {
    std::optional<int> found;
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;)
        if (ended == wanted) found = status;
    return found;
}

// The next of signals(), or 0 at `end`.
siginfo_t next_signal(std::optional<Clock::time_point> end) {
    const auto wanted = signals();
    siginfo_t info{};
    for (;;) {
        timespec left{};
        if (end) {
            const auto span = std::max(Clock::duration::zero(), *end - Clock::now());
            left.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(span).count();
            left.tv_nsec = std::chrono::nanoseconds(span % std::chrono::seconds(1)).count();
        }
        if (::sigtimedwait(&wanted, &info, end ? &left : nullptr) > 0) return info;
        if (errno != EINTR) return {};
    }
}

} // namespace

sigset_t signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2})
        sigaddset(&set, signal);
    return set;
}

int exit_code(int status) noexcept {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::optional<int> await(pid_t child, const std::function<void(int signal)>& forward,
                         std::chrono::seconds patience) {
    std::optional<Clock::time_point> end;
    if (patience.count() > 0) end = Clock::now() + patience;
    for (;;) {
        if (const auto status = reap(child)) return status;
        const auto info = next_signal(end);
        if (info.si_signo == 0) return std::nullopt;
        if (info.si_signo != SIGCHLD && info.si_code != SI_KERNEL) forward(info.si_signo);
    }
}

} // namespace private_host
