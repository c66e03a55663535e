#pragma once
// From the configuration to what the parts want to know, and what is wrong with it that only the parts can say.
//
// Threads: any; pure functions, but for fitting(), which may write to the log.

#include "agent/config/config.hh"
#include "agent/http/limits.hh"
#include "agent/http/listener.hh"
#include "agent/http/tls.hh"
#include "agent/occi/model.hh"
#include "agent/service/context.hh"

#include <memory>
#include <string>
#include <vector>

namespace settings {

http::Limits limits_of(const Config&);
http::SocketAccess socket_access_of(const Config&);

// nullptr when no certificate is configured. `before`: see http::Tls. Throws http::TlsError.
std::shared_ptr<const http::Tls> tls_of(const Config&, const http::Tls* before = nullptr);
service::Settings services_of(const Config&);
std::vector<occi::Model::Template> templates_of(const Config&);

// With as many connections as so many file descriptors allow; says so when that is less.
http::Limits fitting(http::Limits, std::size_t descriptors);

// Without authentication only sockets that nobody but this machine can reach: Error{invalid} for another, which begins
// with `origin`.
void check_loopback(const http::Endpoint&, const std::string& origin);

// For load_config().
std::vector<std::string> faults(const Config&);

} // namespace settings
