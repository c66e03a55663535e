#pragma once
// Asks the issuer about one token (RFC 7662, 2), with the credentials of the agent as his client.
//
// Threads: any, several at once; blocks.

#include "agent/auth/bearer_claims.hh"
#include "agent/auth/bearer_options.hh"
#include "agent/base/secret.hh"
#include "agent/fetch/door.hh"

#include <stop_token>
#include <string_view>

namespace auth {

class BearerClient {
public:
    // Error{invalid}: there is no URL or no client in the options; Error{unavailable}: its secret cannot be read.
    explicit BearerClient(const BearerOptions&);

    // Error when the issuer does not say; never with the token in it.
    BearerClaims ask(std::string_view token, const std::stop_token&) const;

private:
    const std::string url_;
    const Secret authorization_;
    const fetch::Door door_;
};

} // namespace auth
