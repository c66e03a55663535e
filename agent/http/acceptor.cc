#include "agent/http/acceptor.hh"

#include "agent/base/error.hh"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace http {
namespace {

constexpr std::chrono::milliseconds rest_time{100};

bool is_exhaustion(int code) noexcept {
    return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

} // namespace

Acceptor::Acceptor(std::vector<Listener> listeners, Poller& poller)
    : listeners_(std::move(listeners)), poller_(poller) {
    for (const auto& listener : listeners_)
        if (!poller_.add(listener.socket.get(), true, false))
            throw Error(Fault::unavailable, "cannot watch " + listener.endpoint.text());
}

const Listener* Acceptor::find(int descriptor) const noexcept {
    const auto found = std::find_if(listeners_.begin(), listeners_.end(), [&](const Listener& listener) {
        return listener.socket.get() == descriptor;
    });
    return found == listeners_.end() ? nullptr : &*found;
}

std::optional<Acceptor::Newcomer> Acceptor::next(const Listener& listener, Clock::time_point now) {
    for (;;) {
        Address peer;
        Descriptor socket(
            ::accept4(listener.socket.get(), peer.raw(), &peer.size(), SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket) {
            const int on = 1;
            if (peer.family() != Endpoint::Family::unix_path)
                ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            auto caller = caller_of(socket.get(), peer);
            return Newcomer{std::move(socket), std::move(caller), listener.endpoint.secure};
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (is_exhaustion(errno)) rest(now);
        return std::nullopt;
    }
}

void Acceptor::rest(Clock::time_point now) {
    exhausted_.say(
        now, "no new connection is taken for a moment: the process or the kernel has no descriptor left");
    rests_until_ = now + rest_time;
    for (const auto& listener : listeners_) poller_.change(listener.socket.get(), false, false);
}

void Acceptor::resume(Clock::time_point now) noexcept {
    if (!rests_until_ || now < *rests_until_) return;
    rests_until_.reset();
    for (const auto& listener : listeners_) poller_.change(listener.socket.get(), true, false);
}

void Acceptor::close() noexcept {
    listeners_.clear();
    rests_until_.reset();
}

} // namespace http
