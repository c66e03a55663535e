#pragma once
// What becomes of the configuration when the agent starts or reads it again, and what is wrong with it that only the
// parts can say.
//
// Threads: any; pure functions, but for fitting(), which may write to the log.

#include "agent/config/config.hh"
#include "agent/http/listener.hh"

#include <memory>
#include <string>
#include <vector>

namespace settings {

// nullptr when no certificate is configured. `before`: see http::Tls. Throws http::TlsError.
std::shared_ptr<const http::Tls> tls_of(const Config&, const http::Tls* before = nullptr);

// nullptr when nothing is configured of them.
std::shared_ptr<const http::Proxies> proxies_of(const Config&);

// With a power button that is pressed often enough within stop_time.
service::Settings services_of(const Config&);

// With as many connections as so many file descriptors allow; says so when that is less.
http::Limits fitting(http::Limits, std::size_t descriptors);

// The ways to prove who one is, with what [tls] has to do with it.
auth::Options auth_of(const Config&);

// By which names clients may call this host: its own, those in the certificate, and that of the public URL.
std::vector<std::string> names_of(const Config&, const http::Tls*);

// Other machines may reach only what asks who they are, and by TLS, which may end at a trusted proxy. Error{invalid}
// for another socket; it begins with `origin`.
void check_reach(const http::Endpoint&, const Config&, const std::string& origin);

// For load_config().
std::vector<std::string> faults(const Config&);

} // namespace settings
