#include "agent/base/process.hh"

#include "agent/base/error.hh"
#include "agent/base/handle.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
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

pid_t spawn(const std::filesystem::path& program, const std::vector<std::string>& arguments, int output) {
    std::vector<std::string> words{program.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> raw;
    for (auto& word : words) raw.push_back(word.data());
    raw.push_back(nullptr);
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale = "LC_ALL=C";
    const std::array<char*, 3> environment{path.data(), locale.data(), nullptr};
    pid_t pid = -1;
    check(::posix_spawn(&pid, program.c_str(), FileActions(output).get(), Attributes().get(), raw.data(),
                        environment.data()),
          "cannot start " + program.string());
    return pid;
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

Result run(const std::filesystem::path& program, const std::vector<std::string>& arguments,
           std::chrono::milliseconds deadline, std::stop_token stop) {
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
    Child child(spawn(program, arguments, pipe.write.get()));
    pipe.write.reset();
    watch(child, pipe, wake, until, result);
    result.status = child.reap();
    drain(pipe.read, result.output);
    return result;
}

} // namespace process
