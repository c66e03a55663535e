#pragma once
// What a server can be told anew while it runs.
//
// Threads: values.

#include "agent/http/limits.hh"
#include "agent/http/proxies.hh"
#include "agent/http/tls.hh"

#include <memory>
#include <utility>

namespace http {

struct Settings {
    // Not explicit: limits alone are settings.
    Settings(const Limits& these = {}, std::shared_ptr<const Tls> that = nullptr, bool log = true,
             std::shared_ptr<const Proxies> before_us = nullptr)
        : limits(these), tls(std::move(that)), access_log(log), proxies(std::move(before_us)) {}

    Limits limits;                          // those of threads and queue hold from the start of the server
    std::shared_ptr<const Tls> tls;         // of the secure sockets; nullptr: as before
    bool access_log;                        // whether each request has its line in the log
    std::shared_ptr<const Proxies> proxies; // nullptr: there are none, and no public URL
};

} // namespace http
