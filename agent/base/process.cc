#include "agent/base/process.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"
#include "agent/base/process_bars.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace process {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_output = 4096;
constexpr int killed = 128 + SIGKILL;

// posix_spawn(3) answers with an error number, the rest of the system sets errno.
void check(int fault, const std::string& what) {
    if (fault != 0) throw Error(Fault::unavailable, what + ": " + std::strerror(fault));
}

Descriptor opened(int fd, const std::string& what) {
    check(fd < 0 ? errno : 0, what);
    return Descriptor(fd);
}

struct Pipe {
    Descriptor read, write;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    check(::pipe2(ends.data(), O_CLOEXEC) < 0 ? errno : 0, "cannot make a pipe");
    Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
    check(::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) < 0 ? errno : 0, "cannot make a pipe");
    return pipe;
}

// What the child does with its descriptors before it becomes the program.
class FileActions {
public:
    explicit FileActions(int output) {
        check(::posix_spawn_file_actions_init(&actions_), "cannot prepare a program");
        Defer undo([this] { ::posix_spawn_file_actions_destroy(&actions_); });
        add(::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
        add(::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO));
        add(::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO));
        add(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
        undo.dismiss();
    }
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

private:
    static void add(int fault) { check(fault, "cannot prepare a program"); }
    posix_spawn_file_actions_t actions_;
};

// A process group of its own; no signal blocked or ignored, although the agent blocks and ignores some.
class Attributes {
public:
    Attributes() {
        check(::posix_spawnattr_init(&attributes_), "cannot prepare a program");
        sigset_t none, all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setflags(&attributes_,
                                   POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    const posix_spawnattr_t* get() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_;
};

// What a program is started with, as the kernel takes it.
class Words {
public:
    Words(const std::filesystem::path& program, const std::vector<std::string>& arguments)
        : words_{program.string()} {
        words_.insert(words_.end(), arguments.begin(), arguments.end());
        for (auto& word : words_) raw_.push_back(word.data());
        raw_.push_back(nullptr);
    }
    char* const* arguments() const noexcept { return raw_.data(); }
    char* const* environment() const noexcept { return environment_.data(); }

private:
    std::vector<std::string> words_;
    std::vector<char*> raw_;
    std::string path_ = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale_ = "LC_ALL=C";
    std::array<char*, 3> environment_{path_.data(), locale_.data(), nullptr};
};

pid_t spawn(const std::filesystem::path& program, const std::vector<std::string>& arguments, int output) {
    const Words words(program, arguments);
    pid_t pid = -1;
    check(::posix_spawn(&pid, program.c_str(), FileActions(output).get(), Attributes().get(),
                        words.arguments(), words.environment()),
          "cannot start " + program.string());
    return pid;
}

// The same behind bars. Between fork and exec only calls of the system are made: other threads may have held any lock.
pid_t spawn_caged(const std::filesystem::path& program, const std::vector<std::string>& arguments, int output,
                  const Bars& bars) {
    const Words words(program, arguments);
    const auto nothing = opened(::open("/dev/null", O_RDONLY | O_CLOEXEC), "cannot open /dev/null");
    const pid_t pid = ::fork();
    check(pid < 0 ? errno : 0, "cannot start " + program.string());
    if (pid > 0) {
        ::setpgid(pid, pid); // whichever of the two is first
        return pid;
    }
    ::setpgid(0, 0);
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    constexpr int not_started = 127;
    if (::dup2(nothing.get(), STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
        ::dup2(output, STDERR_FILENO) < 0 || !bars.close_around_me() ||
        ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) != 0)
        ::_exit(not_started);
    ::execve(program.c_str(), words.arguments(), words.environment());
    ::_exit(not_started);
}

// A child that runs. Whoever lets go of it has ended and reaped it, with all of its group.
class Child {
public:
    explicit Child(pid_t pid) noexcept : pid_(pid) {}
    ~Child() { reap(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    pid_t pid() const noexcept { return pid_; }
    void kill() const noexcept { ::kill(-pid_, SIGKILL); }

    // Ends what is left of the group and waits for the leader. Until it is reaped nobody else can get its number.
    int reap() noexcept {
        if (pid_ < 0) return 0;
        kill();
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

private:
    pid_t pid_;
};

// Takes what is there. What is above the limit is read and thrown away, so that the child never waits for us.
// False when no more can come.
bool drain(const Descriptor& from, std::string& output) {
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto got = ::read(from.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno == EAGAIN;
        if (got == 0) return false;
        output.append(buffer.data(), std::min(static_cast<std::size_t>(got), most_output - output.size()));
    }
}

int poll_time(Clock::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left, 0, 60'000));
}

// <sys/pidfd.h> of glibc 2.36 declares pidfd_open without extern "C": it does not link from C++.
int open_pidfd(pid_t pid) noexcept { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

// Returns when the child has ended, has been stopped, or is late.
void watch(const Child& child, Pipe& pipe, const Descriptor& wake, Clock::time_point until, Result& result) {
    const auto ended = opened(open_pidfd(child.pid()), "cannot watch a program");
    std::array<pollfd, 3> polled{
        {{ended.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}, {pipe.read.get(), POLLIN, 0}}};
    for (;;) {
        const int ready = ::poll(polled.data(), polled.size(), poll_time(until));
        if (ready < 0 && errno == EINTR) continue;
        check(ready < 0 ? errno : 0, "cannot watch a program");
        if (polled[2].revents != 0 && !drain(pipe.read, result.output))
            polled[2].fd = -1; // closed early: poll skips it
        if (polled[0].revents != 0) return;
        if (polled[1].revents != 0)
            result.stopped = true;
        else if (Clock::now() >= until)
            result.timed_out = true;
        if (result.stopped || result.timed_out) return;
    }
}

} // namespace

std::optional<std::filesystem::path> find(const std::string& program) {
    if (program.empty() || program.find('/') != program.npos) return std::nullopt;
    for (const char* folder : {"/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
        auto candidate = std::filesystem::path(folder) / program;
        std::error_code ignored;
        if (std::filesystem::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0)
            return candidate;
    }
    return std::nullopt;
}

namespace {

Result run_spawned(const std::function<pid_t(int output)>& spawned, std::chrono::milliseconds deadline,
                   const std::stop_token& stop) {
    const auto until = Clock::now() + deadline;
    Result result;
    if (stop.stop_requested()) {
        result.status = killed;
        result.stopped = true;
        return result;
    }
    const auto wake = opened(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "cannot make an event descriptor");
    const std::stop_callback on_stop(stop, [fd = wake.get()] { ::eventfd_write(fd, 1); });
    auto pipe = make_pipe();
    Child child(spawned(pipe.write.get()));
    pipe.write.reset();
    watch(child, pipe, wake, until, result);
    result.status = child.reap();
    drain(pipe.read, result.output);
    return result;
}

} // namespace

Result run(const std::filesystem::path& program, const std::vector<std::string>& arguments,
           std::chrono::milliseconds deadline, std::stop_token stop) {
    return run_spawned([&](int output) { return spawn(program, arguments, output); }, deadline, stop);
}

Result run(const std::filesystem::path& program, const std::vector<std::string>& arguments,
           std::chrono::milliseconds deadline, std::stop_token stop, const Cage& cage) {
    const Bars bars(cage);
    return run_spawned([&](int output) { return spawn_caged(program, arguments, output, bars); }, deadline,
                       stop);
}

} // namespace process
