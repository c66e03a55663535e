#include "tests/private-host/init.hh"

#include "tests/private-host/reaper.hh"
#include "tests/private-host/system_call.hh"
#include "tests/private-host/view.hh"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

namespace private_host {
namespace {

constexpr auto daemon_patience = std::chrono::seconds(30);
constexpr auto path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr int cannot_run = 126;
constexpr int not_found = 127;

void raise_loopback() {
    const Descriptor socket(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "cannot make a socket"));
    ifreq request{};
    request.ifr_name[0] = 'l';
    request.ifr_name[1] = 'o';
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    checked(::ioctl(socket.get(), SIOCSIFFLAGS, &request), "cannot bring the loopback device up");
}

void become_daemon(const char* program, const sigset_t& mask) {
    ::setsid(); // a ^C at the terminal is for the command
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    if (const int null = ::open("/dev/null", O_RDWR); null >= 0) ::dup2(null, STDIN_FILENO);
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    std::array<char, 3> detach{"-d"};
    std::string name = program;
    const std::array<char*, 3> words{name.data(), detach.data(), nullptr};
    std::string search = path;
    const std::array<char*, 2> environment{search.data(), nullptr};
    ::execvpe(program, words.data(), environment.data());
    std::perror(program);
    ::_exit(not_found);
}

void show_end_of(const char* log) {
    std::ifstream stream(log);
    for (std::string line; std::getline(stream, line);) std::fprintf(stderr, "%s\n", line.c_str());
}

// With -d a daemon of libvirt detaches itself once its socket answers.
void start_daemon(const char* program, const sigset_t& mask) {
    const auto child = checked(::fork(), "cannot fork");
    if (child == 0) become_daemon(program, mask);
    const auto refuse = [&](int signal) {
        throw Error(Fault::unavailable,
                    "ended by signal " + std::to_string(signal) + " while " + program + " was starting");
    };
    const auto status = await(child, refuse, daemon_patience);
    if (status && exit_code(*status) == 0) return;
    show_end_of("/var/log/libvirt/libvirtd.log");
    throw Error(Fault::unavailable,
                std::string(program) +
                    (status ? " did not start: exit code " + std::to_string(exit_code(*status))
                            : " did not start within " + std::to_string(daemon_patience.count()) + " s"));
}

void await_go(const Descriptor& go) {
    // Asked for before we look: when our parent is gone already, the pipe is at its end.
    checked(::prctl(PR_SET_PDEATHSIG, SIGKILL), "cannot bind our life to our parent's");
    char byte = 0;
    if (::read(go.get(), &byte, 1) != 1) throw Error(Fault::unavailable, "ended before the host was made");
}

void enter_namespaces() {
    checked(::unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP),
            "cannot make namespaces (a container needs CAP_SYS_ADMIN, as with docker run --privileged)");
}

} // namespace

int become(const std::vector<std::string>& command, const Sockets& sockets, const sigset_t& mask) {
    sockets.hand_over();
    auto words = command;
    std::vector<char*> raw;
    raw.reserve(words.size() + 1);
    for (auto& word : words) raw.push_back(word.data());
    raw.push_back(nullptr);
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
    ::execvp(raw.front(), raw.data());
    const int reason = errno;
    std::fprintf(stderr, "private-host: cannot run %s: %s\n", raw.front(), std::strerror(reason));
    return reason == ENOENT ? not_found : cannot_run;
}

int live_as_init(const Options& options, const Cgroups& cgroups, const Sockets& sockets, Descriptor go,
                 const sigset_t& mask) {
    await_go(go);
    const auto folder = std::filesystem::current_path();
    enter_namespaces();
    enter_view(options.root, options.shared, options.kvm, cgroups);
    const auto name = options.root.filename().string();
    checked(::sethostname(name.data(), name.size()), "cannot set the host name " + name);
    raise_loopback();
    for (const auto* daemon : {"virtlogd", "libvirtd"}) start_daemon(daemon, mask);

    // The folder that we stand in may have another mount over it now.
    checked(::chdir(folder.c_str()), "cannot go back to " + folder.string() + " (is a --share missing?)");
    ::setenv("PRIVATE_HOST", options.root.c_str(), 1);
    const auto command = checked(::fork(), "cannot fork");
    if (command == 0) ::_exit(become(options.command, sockets, mask));
    const auto status = await(command, [&](int signal) { ::kill(command, signal); });
    return exit_code(*status);
}

} // namespace private_host
