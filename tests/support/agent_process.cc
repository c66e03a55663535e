#include "tests/support/agent_process.hh"

#include "tests/support/eventually.hh"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {
namespace {

Descriptor listen_on_loopback() {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket.get(), 4096) != 0)
        throw std::runtime_error("cannot listen on loopback");
    return socket;
}

unsigned port_of(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

// In the child, between fork and exec: the sockets become descriptors 3 and 4, as sd_listen_fds(3) wants them.
[[noreturn]] void become_agent(int socket, int secure_socket, const std::string& binary,
                               const std::string& config, const std::string& log,
                               const std::vector<std::pair<std::string, std::string>>& more) {
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
    constexpr int out_of_the_way = 10;
    const int first = ::fcntl(socket, F_DUPFD_CLOEXEC, out_of_the_way);
    const int second = secure_socket < 0 ? -1 : ::fcntl(secure_socket, F_DUPFD_CLOEXEC, out_of_the_way);
    ::dup2(first, 3);
    if (second >= 0) ::dup2(second, 4);
    ::setenv("LISTEN_FDS", second < 0 ? "1" : "2", 1);
    ::setenv("LISTEN_FDNAMES", second < 0 ? "http" : "http:https", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    for (const auto& [name, value] : more) ::setenv(name.c_str(), value.c_str(), 1);
    ::execl(binary.c_str(), binary.c_str(), "--config", config.c_str(), nullptr);
    ::_exit(127);
}

// Whoever asked one that had died has given up, and yet the next one would do what was asked: the kernel keeps for it
// what has come to the socket meanwhile.
void forget_callers(int socket) {
    for (pollfd waiter{socket, POLLIN, 0}; ::poll(&waiter, 1, 0) == 1;) {
        const Descriptor caller(::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC));
        if (!caller) return;
    }
}

// So much as a report of a failure shows.
std::string end_of(const std::string& log) {
    constexpr std::size_t most = 4000;
    return log.size() <= most ? log : log.substr(log.size() - most);
}

} // namespace

std::string environment(const char* name) {
    const auto* value = std::getenv(name);
    if (!value) throw std::runtime_error(std::string(name) + " is not set: run this by make");
    return value;
}

AgentProcess::AgentProcess(const AgentSettings& settings)
    : state_(settings.state.empty() ? folder_.path() / "state" : settings.state),
      socket_(listen_on_loopback()), client_(port_of(socket_.get()), [this] { return is_there(); }) {
    ::chmod(folder_.path().c_str(), 0755); // QEMU runs as another user and must reach the volumes
    std::filesystem::create_directory(images());
    std::ofstream(folder_.path() / "agent.conf")
        << "[agent]\nstate=" << state().string() << "\nlog_level=" << settings.log_level << "\n"
        << "[compute]\narch=" << settings.arch << "\nstop_time=" << settings.stop_time.count() << "\n"
        << "[storage]\npath=" << pool << "\nimport_from=" << images().string() << "\n";
    start();
}

AgentProcess::~AgentProcess() {
    if (pid_ > 0) end();
}

void AgentProcess::configure(const std::string& content) const {
    const auto folder = folder_.path() / "agent.conf.d";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "more.conf") << content;
}

unsigned AgentProcess::add_secure_socket() {
    secure_socket_ = listen_on_loopback();
    return port_of(secure_socket_.get());
}

std::string AgentProcess::log() const {
    std::stringstream all;
    all << std::ifstream(folder_.path() / "log").rdbuf();
    return all.str();
}

std::string AgentProcess::offer(const std::filesystem::path& original, const std::string& as) {
    const auto path = images() / (as.empty() ? original.filename().string() : as);
    std::filesystem::copy_file(original, path, std::filesystem::copy_options::overwrite_existing);
    return "file://" + path.string();
}

void AgentProcess::start() { start(environment("OCCI_AGENT_BINARY"), {}); }

void AgentProcess::start_crashing(const std::string& point) {
    start(environment("OCCI_AGENT_CRASHING"),
          {{"OCCI_AGENT_CRASH_AT", point}, {"OCCI_AGENT_CRASH_LIST", passed_points().string()}});
}

// Looks and takes no notice, so that any thread may ask.
bool AgentProcess::is_there() const {
    siginfo_t ended{};
    const int pid = pid_;
    return pid > 0 && ::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0;
}

void AgentProcess::start_stopping(const std::string& point) {
    start(environment("OCCI_AGENT_CRASHING"), {{"OCCI_AGENT_STOP_AT", point}});
}

bool AgentProcess::has_stopped() {
    int status = 0;
    return pid_ > 0 && ::waitpid(pid_, &status, WNOHANG | WUNTRACED) == pid_ && WIFSTOPPED(status);
}

void AgentProcess::go_on() { ::kill(pid_, SIGCONT); }

bool AgentProcess::has_died() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ < 0;
}

void AgentProcess::start(const std::string& binary,
                         const std::vector<std::pair<std::string, std::string>>& more) {
    const auto config = (folder_.path() / "agent.conf").string(),
               log_path = (folder_.path() / "log").string();
    for (const auto* socket : {&socket_, &secure_socket_})
        if (*socket) forget_callers(socket->get());
    pid_ = ::fork();
    if (pid_ == 0) become_agent(socket_.get(), secure_socket_.get(), binary, config, log_path, more);
    const bool up = eventually([&] {
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_)
            throw std::runtime_error("the agent ended at once:\n" + end_of(log()));
        try {
            const auto status = client_.get("/compute").status;
            return status == 200 || status == 401;
        } catch (const std::runtime_error&) {
            return false;
        }
    });
    // A socket that nobody serves any more is waited for as well.
    if (!up)
        throw std::runtime_error((has_died() ? "the agent ended:\n" : "the agent does not come up:\n") +
                                 end_of(log()));
}

int AgentProcess::end(int signal) {
    if (pid_ <= 0) return 0;
    ::kill(pid_, signal);
    ::kill(pid_, SIGCONT); // one that was stopped would not hear of it
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
}

void AgentProcess::restart() {
    end();
    start();
}

} // namespace support
