#pragma once
// What the proxies in front of a server say of the client that they speak for: in Forwarded (RFC 7239), or else in
// X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host. Each of them adds at the end what it knows, so that only the
// end of the list, as far as trusted proxies have written it, says anything that a client cannot make up.
//
// Threads: any; pure functions. Failures: Refusal 400.

#include "agent/http/proxies.hh"
#include "agent/http/types.hh"

#include <string_view>

namespace http {

// `peer`: as in Head.
bool is_trusted(std::string_view peer, const Proxies&) noexcept;

// When the peer is a trusted proxy, makes the head that of its client. Peer and source: the nearest address, from the
// right, that is no trusted proxy, or the first of all; with its port when that is told; "unknown" or "_name" when the
// proxy hides it, and then the source is who said so. Is_secure and host: as the trusted proxy that is farthest from us
// says, or else as the request came. Certificate and process: none, since they are the proxy's own.
//
// Refuses what is malformed, both kinds of headers at once, and more than 32 clients in the list. The headers of
// all other peers are not looked at.
void settle_client(Head&, const Proxies&);

} // namespace http
