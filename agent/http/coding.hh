#pragma once
// Compression of answers: gzip, for a client that asks for it, where it is worth it. The application knows nothing of
// it: an entity tag goes out with a mark when its body was compressed (RFC 9110, 8.8.3.3: two codings of one thing
// have two tags), and comes back without it.
//
// Threads: any; pure functions.

#include "agent/http/types.hh"

namespace http {

// RFC 9110, 12.5.3. Without the header there is no wish.
bool asks_for_gzip(const Head&);

// Takes the mark off the tags of If-Match and If-None-Match. True when there was one.
bool unmark_tags(Headers&);

// Compresses the whole body of an answer, and says so in its headers. An answer that would differ for another client
// says that in any case (Vary). `marked`: what unmark_tags() said of the request.
void code(const Head&, Response&, bool marked);

} // namespace http
