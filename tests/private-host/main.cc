// private-host: runs a command on a libvirt host of its own, made of namespaces. README.md says what is in it.
#include "tests/private-host/init.hh"
#include "tests/private-host/reaper.hh"
#include "tests/private-host/system_call.hh"
#include "tests/private-host/view.hh"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

namespace {

using namespace private_host;
namespace fs = std::filesystem;

constexpr int own_failure = 125;

struct Pipe {
    Descriptor read, write;
};

Pipe make_pipe() {
    int ends[2];
    checked(::pipe2(ends, O_CLOEXEC), "cannot make a pipe");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

fs::path make_root(const fs::path& wanted) {
    if (wanted.empty()) {
        auto pattern = (fs::temp_directory_path() / "private-host-XXXXXX").string();
        if (!::mkdtemp(pattern.data())) throw Error(Fault::unavailable, "cannot make a folder " + pattern);
        fs::permissions(pattern, fs::perms(0755));
        return fs::canonical(pattern);
    }
    fs::create_directories(wanted);
    if (!fs::is_empty(wanted))
        throw Error(Fault::conflict, "--root " + wanted.string() + ": the folder is not empty");
    return fs::canonical(wanted);
}

// Process 1 of a new pid namespace; what is left of this program outside of it waits for it.
pid_t fork_init(const Options& options, const Cgroups& cgroups, const Sockets& sockets, Pipe& go,
                const sigset_t& mask) {
    checked(::unshare(CLONE_NEWPID),
            "cannot make a pid namespace (a container needs CAP_SYS_ADMIN, as with docker run --privileged)");
    const auto init = checked(::fork(), "cannot fork");
    if (init != 0) return init;
    go.write.reset();
    int code = own_failure;
    try {
        code = live_as_init(options, cgroups, sockets, std::move(go.read), mask);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "private-host: %s\n", failure.what());
    }
    std::fflush(nullptr);
    ::_exit(code); // and with us, the kernel ends all that runs in the namespace
}

int run(Options options, const Sockets& sockets, const sigset_t& mask) {
    if (::geteuid() != 0) throw Error(Fault::forbidden, "only root can make a private host: try sudo");
    options.root = make_root(options.root);
    const Defer sweep([&] {
        std::error_code ignored;
        if (!options.keep) fs::remove_all(options.root, ignored);
    });
    lay_out(options.root);
    const Cgroups cgroups;
    auto go = make_pipe();
    const auto init = fork_init(options, cgroups, sockets, go, mask);
    cgroups.enter(init);
    checked(::write(go.write.get(), "!", 1), "cannot start the host");
    const auto status = await(init, [&](int signal) { ::kill(init, signal); });
    return exit_code(*status);
}

int obey(const Options& options) {
    if (options.verb == Options::Verb::help) {
        std::fputs(usage, stdout);
        return 0;
    }
    const auto ours = signals();
    sigset_t mask;
    ::sigprocmask(SIG_BLOCK, &ours, &mask);
    const Sockets sockets(options.listen);
    return options.verb == Options::Verb::run ? run(options, sockets, mask)
                                              : become(options.command, sockets, mask);
}

} // namespace

int main(int count, char** words) {
    try {
        return obey(parse_options(count, words));
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "private-host: %s\n", failure.what());
        return own_failure;
    }
}
