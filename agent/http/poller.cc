#include "agent/http/poller.hh"

#include "agent/base/error.hh"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace http {
namespace {

epoll_event interest(int descriptor, bool read, bool write) noexcept {
    epoll_event event{};
    event.events = (read ? EPOLLIN : 0U) | (write ? EPOLLOUT : 0U);
    event.data.fd = descriptor;
    return event;
}

} // namespace

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!epoll_ || !bell_ || !add(bell_.get(), true, false))
        throw Error(Fault::unavailable, "cannot watch connections: the kernel has no room for it");
}

bool Poller::add(int descriptor, bool read, bool write) noexcept {
    auto event = interest(descriptor, read, write);
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Poller::change(int descriptor, bool read, bool write) noexcept {
    auto event = interest(descriptor, read, write);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void Poller::remove(int descriptor) noexcept {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void Poller::wake() noexcept { ::eventfd_write(bell_.get(), 1); }

std::span<const Poller::Event> Poller::wait(std::optional<std::chrono::milliseconds> most) noexcept {
    constexpr std::int64_t longest = std::numeric_limits<int>::max();
    const int timeout = most ? static_cast<int>(std::clamp<std::int64_t>(most->count(), 0, longest)) : -1;
    std::array<epoll_event, most_events> raw;
    const int count = ::epoll_wait(epoll_.get(), raw.data(), static_cast<int>(raw.size()), timeout);
    std::size_t used = 0;
    for (std::size_t i = 0; count > 0 && i < static_cast<std::size_t>(count); ++i) {
        const auto bits = raw[i].events;
        if (raw[i].data.fd != bell_.get()) {
            events_[used++] = {raw[i].data.fd, (bits & EPOLLIN) != 0, (bits & EPOLLOUT) != 0,
                               (bits & (EPOLLERR | EPOLLHUP)) != 0};
            continue;
        }
        eventfd_t rings = 0;
        ::eventfd_read(bell_.get(), &rings);
    }
    return {events_.data(), used};
}

} // namespace http
