#include "agent/http/caller.hh"

#include <fmt/format.h>

#include <cerrno>
#include <sys/socket.h>
#include <vector>

namespace http {
namespace {

std::vector<unsigned> groups_of(int socket) {
    std::vector<unsigned> groups(16);
    for (;;) {
        auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
        const bool done = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0;
        if (!done && errno != ERANGE) return {}; // a kernel before 4.13
        groups.resize(size / sizeof(gid_t));
        if (done) return groups;
    }
}

// unix(7): as they were when the peer called connect(2).
std::unique_ptr<const PeerProcess> process_of(int socket) {
    ucred found{};
    socklen_t size = sizeof found;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) return nullptr;
    return std::make_unique<const PeerProcess>(
        PeerProcess{found.uid, found.gid, groups_of(socket), found.pid});
}

} // namespace

Caller caller_of(int socket, const Address& address) {
    Caller caller{address.text(), address.source(), address.is_loopback(), nullptr};
    if (address.family() != Endpoint::Family::unix_path) return caller;
    caller.process = process_of(socket);
    if (caller.process) caller.source = fmt::format("{}:{}", caller.source, caller.process->uid);
    return caller;
}

} // namespace http
