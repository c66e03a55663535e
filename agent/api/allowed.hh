#pragma once
// Which methods a URL has for requests such as this one: what Allow says must be so when it is tried.
//
// Threads: any; pure functions, but for the mixins of users, which come and go.

#include "agent/api/routes.hh"

#include <string>

namespace api {

// The route of the request. Without one `route` is nullptr.
Match match_of(const Services&, const http::Head&, const auth::Principal&);

// Whether the request means OpenNebula's XML at a URL that both families share. What OpenNebula has not must not happen
// to its clients as if by OCCI.
bool speaks_opennebula(const http::Head&, const occi::Model&);

// For the header Allow; empty when there is nothing at the URL.
std::string allowed_methods(const Services&, const http::Head&, const auth::Principal&);

} // namespace api
