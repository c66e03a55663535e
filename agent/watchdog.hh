#pragma once
// Tells systemd how the agent is: READY=1 when its start is over, that is when computes can be made, or when that waits
// for something which may never come, such as a libvirt that does not answer; WATCHDOG=1 for as long as the
// connections' thread turns, when the unit asks for it, and one line of STATUS when it changes. Does nothing when
// nobody listens (NOTIFY_SOCKET).
//
// Threads: has one of its own, which ends with it.

#include "agent/http/server.hh"
#include "agent/service/context.hh"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

class Watchdog {
public:
    Watchdog(http::Server&, const service::Context&);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

private:
    void work(std::stop_token) noexcept;
    void watch(const std::stop_token&);
    void await_start(const std::stop_token&);
    void tell_status();

    http::Server& server_;
    const service::Context& context_;
    std::string told_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::jthread thread_;
};
