#include "tests/live/onlooker.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace live {
namespace {

constexpr unsigned long nobody = 65534;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool has_something(int file, int wait = 0) {
    pollfd polled{file, POLLIN, 0};
    return ::poll(&polled, 1, wait) > 0;
}

// Of this thread only: glibc would change all.
void become_nobody() {
    ::syscall(SYS_setgroups, 0, nullptr);
    ::syscall(SYS_setresgid, nobody, nobody, nobody);
    ::syscall(SYS_setresuid, nobody, nobody, nobody);
}

} // namespace

UntouchedFile::UntouchedFile(const std::filesystem::path& path)
    : watch_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (!watch_ || ::inotify_add_watch(watch_.get(), path.c_str(), IN_ALL_EVENTS) < 0) fail("watch a file");
}

bool UntouchedFile::was_touched() const { return has_something(watch_.get()); }

SilentPort::SilentPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    if (!socket_ || ::bind(socket_.get(), any, length) != 0 || ::listen(socket_.get(), 8) != 0 ||
        ::getsockname(socket_.get(), any, &length) != 0)
        fail("listen");
    number_ = ntohs(address.sin_port);
}

bool SilentPort::was_called() const { return has_something(socket_.get()); }

Stranger::Stranger(const std::vector<std::filesystem::path>& folders)
    : watch_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    for (const auto& folder : folders) {
        const int id = ::inotify_add_watch(watch_.get(), folder.c_str(),
                                           IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_OPEN | IN_MODIFY);
        if (id < 0) fail("watch " + folder.string());
        folders_.emplace_back(id, folder);
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { look(stop); });
}

Stranger::~Stranger() { read(); }

std::vector<std::string> Stranger::read() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    return read_;
}

void Stranger::look(const std::stop_token& stop) {
    become_nobody();
    alignas(inotify_event) std::array<char, 64 * 1024> buffer{};
    while (!stop.stop_requested()) {
        if (!has_something(watch_.get(), 20)) continue;
        const auto got = ::read(watch_.get(), buffer.data(), buffer.size());
        for (ssize_t at = 0; at < got;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            const auto folder =
                std::ranges::find(folders_, event->wd, [](const auto& each) { return each.first; });
            if (event->len == 0 || folder == folders_.end()) continue;
            ++tries_;
            const auto path = folder->second / event->name;
            if (const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); file)
                read_.push_back(path.string());
        }
    }
}

} // namespace live
