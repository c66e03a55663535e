#pragma once
// How the certificate of a client is judged in the handshake, and what the log says of one that is not good.
//
// Threads: why_refused() by the one that shakes hands; nothing else is kept.

#include <string>

struct ssl_st;
struct ssl_ctx_st;

namespace http {

// The rules: signed by an authority of the context, over four others at most; for clients (RFC 5280, 4.2.1.12); not
// revoked, when `with_revocations`: then its own authority must have a list that is valid, and of those above it a list
// counts when there is one. A client that shows no certificate is welcome.
void judge_clients(ssl_ctx_st*, bool with_revocations);

// Of a handshake that has failed: `the certificate "CN=bob" of the client is revoked`. Empty: that was not why.
std::string why_refused(const ssl_st*);

} // namespace http
